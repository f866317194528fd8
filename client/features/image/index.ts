// What other features may use of this one.

export { useBaseImage } from './base-image.tsx'
export { ShortDigest } from './digest.tsx'
export { configOf } from './image-config.ts'
export { imageFaults } from './image-faults.ts'
export { type ImageTabProps, tabSearch } from './image-tabs.tsx'
export { Faults } from './manifest-info.tsx'
export { default as manifestListStyles } from './manifest-list.module.css'
export { ManifestSize } from './manifest-size.tsx'
export { isSignedSchema1, VerifiedDigest } from './verified-digest.tsx'
