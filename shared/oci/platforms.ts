// The images of an index, their order, and whether clients find one by its platform.

import {
  type Descriptor,
  type ImageIndex,
  isAttestation,
  isOpenable,
  type Platform,
  platformLabel,
} from './manifest.ts'

/** An image of an index, and its name. */
export interface PlatformImage {
  /** Unique within the index; `unnamed` without a platform. */
  readonly label: string
  readonly descriptor: Descriptor
}

/** linux/amd64 first, since most people run it, then its variants, then the rest of linux. */
function rank({ platform }: Descriptor): number {
  if (platform?.os !== 'linux') return 3
  if (platform.architecture !== 'amd64') return 2
  return platform.variant ? 1 : 0
}

/** The images of an index, without attestations: linux/amd64 first, others by name; equal names are numbered. */
export function platformsOf({ manifests }: Pick<ImageIndex, 'manifests'>): readonly PlatformImage[] {
  const images = manifests
    .filter((child) => isOpenable(child) && !isAttestation(child))
    .map((descriptor): PlatformImage => {
      const { platform } = descriptor
      return { label: platform === undefined ? 'unnamed' : platformLabel(platform), descriptor }
    })
    .sort(
      (a, b) =>
        rank(a.descriptor) - rank(b.descriptor) || (a.label < b.label ? -1 : a.label > b.label ? 1 : 0),
    )
  const seen = new Map<string, number>()
  return images.map(({ label, descriptor }) => {
    const count = (seen.get(label) ?? 0) + 1
    seen.set(label, count)
    return { label: count === 1 ? label : `${label} #${count}`, descriptor }
  })
}

/** The variants that clients assume if none is named (containerd's platforms, `normalizeArch`). */
const USUAL_VARIANTS: Readonly<Record<string, string>> = { amd64: 'v1', arm: 'v7', arm64: 'v8' }
const variantOf = ({ architecture, variant }: Platform) =>
  variant || (Object.hasOwn(USUAL_VARIANTS, architecture) ? USUAL_VARIANTS[architecture] : undefined)

/**
 * Whether every client finds this image by its platform. Clients compare only os, architecture and variant; without a
 * variant, some take the first image with any variant.
 */
export function isFoundByName(index: Pick<ImageIndex, 'manifests'>, { platform }: Descriptor): boolean {
  // clients complete a partial platform differently
  if (!platform?.os || !platform.architecture) return false
  const alike = platformsOf(index).filter(({ descriptor: { platform: other } }) => {
    if (other?.os !== platform.os || other.architecture !== platform.architecture) return false
    return !platform.variant || variantOf(other) === variantOf(platform)
  })
  return alike.length === 1
}
