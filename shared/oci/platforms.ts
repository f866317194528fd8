// The images of an index: which there are, in which order, and whether a client finds one by its platform's name.

import {
  type Descriptor,
  type ImageIndex,
  isAttestation,
  isOpenable,
  type Platform,
  platformLabel,
} from './manifest.ts'

/** One image of an index, and how to name it. */
export interface PlatformImage {
  /** Unique within the index; `unnamed` for what has no platform. */
  readonly label: string
  readonly descriptor: Descriptor
}

/** What most people run first, its variants after it, then the rest of linux. */
function rank({ platform }: Descriptor): number {
  if (platform?.os !== 'linux') return 3
  if (platform.architecture !== 'amd64') return 2
  return platform.variant ? 1 : 0
}

/** The images of an index without attestations, linux/amd64 first and else by name; equal names are numbered. */
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

/** What clients take a missing variant for (containerd's platforms, `normalizeArch`). */
const USUAL_VARIANTS: Readonly<Record<string, string>> = { amd64: 'v1', arm: 'v7', arm64: 'v8' }
const variantOf = ({ architecture, variant }: Platform) =>
  variant || (Object.hasOwn(USUAL_VARIANTS, architecture) ? USUAL_VARIANTS[architecture] : undefined)

/**
 * Whether every client that is asked for an image by its platform's name finds this one: os, architecture and variant
 * are all they look at, and without a variant some take the first of any.
 */
export function isFoundByName(index: Pick<ImageIndex, 'manifests'>, { platform }: Descriptor): boolean {
  // half a name is completed by each client in its own way
  if (!platform?.os || !platform.architecture) return false
  const alike = platformsOf(index).filter(({ descriptor: { platform: other } }) => {
    if (other?.os !== platform.os || other.architecture !== platform.architecture) return false
    return !platform.variant || variantOf(other) === variantOf(platform)
  })
  return alike.length === 1
}
