// What the commands fetch: of all that is open, the one thing that is shown.

import { type ArtifactKind, artifactKindOf } from '../../../shared/oci/artifact-kind.ts'
import { cosignSubject } from '../../../shared/oci/attached-tags.ts'
import type { Digest } from '../../../shared/oci/digest.ts'
import type { ParsedManifest, Platform } from '../../../shared/oci/manifest.ts'
import { isFoundByName, type PlatformImage, platformsOf } from '../../../shared/oci/platforms.ts'
import type { Reference } from '../../../shared/oci/reference.ts'

/** What is fetched. */
export interface CommandTarget {
  /** `host[:port]`, as clients name the registry. */
  readonly registry: string
  readonly reference: Reference
  /** Of what is shown: the chosen platform's, else the index's or the image's. */
  readonly digest: Digest | undefined
  /** Undefined for what no client can pull, as an index without images: its document alone is fetched. */
  readonly kind: Pick<ArtifactKind, 'id' | 'tool'> | undefined
  /** What a signature or attestation is about. */
  readonly subject?: Digest | undefined
  /** Undefined where none was chosen: then each client takes its own. */
  readonly platform: Platform | undefined
  /** Whether tag and platform lead every client to what is shown. */
  readonly isFoundByName: boolean
  /** Whether each layer has a title: `oras pull` saves no others. */
  readonly hasTitles: boolean
}

/** What the page shows. */
export interface OnPage {
  readonly reference: Reference
  readonly top: { readonly manifest: ParsedManifest; readonly digest: Digest | undefined }
  /** Of an index: the platform in view. */
  readonly chosen: PlatformImage | undefined
  /** Its manifest, or that of the reference; undefined until it is known. */
  readonly shown: ParsedManifest | undefined
  /** Whether the address names the platform: else it is the first, and clients take their own. */
  readonly isChosen: boolean
}

const IMAGE = { id: 'image', tool: 'oras' } as const

function kindOf(shown: ParsedManifest | undefined): CommandTarget['kind'] {
  // what an index holds is an image until it is known better
  if (shown === undefined) return IMAGE
  if (shown.kind === 'manifest') return artifactKindOf(shown)
  return shown.kind === 'index' && platformsOf(shown).length > 0 ? IMAGE : undefined
}

/** What a signature is about: as it says, or as its tag says. */
function subjectOf({ tag }: Reference, shown: ParsedManifest | undefined): Digest | undefined {
  const named = shown?.kind === 'manifest' ? shown.subject?.digest : undefined
  return named ?? (tag === undefined ? undefined : cosignSubject(tag))
}

/** What the commands fetch; undefined for what no client could, since it is no manifest. */
export function commandTarget(registry: string, page: OnPage): CommandTarget | undefined {
  const { reference, top, chosen, shown } = page
  if (top.manifest.kind !== 'manifest' && top.manifest.kind !== 'index') return undefined
  // no client takes what has no platform by itself
  const isAimed = chosen !== undefined && (page.isChosen || chosen.descriptor.platform === undefined)
  const layers = shown?.kind === 'manifest' ? shown.layers : []
  return {
    registry,
    reference,
    digest: isAimed ? chosen.descriptor.digest : top.digest,
    kind: kindOf(shown),
    subject: subjectOf(reference, shown),
    platform: isAimed ? chosen.descriptor.platform : undefined,
    isFoundByName:
      !isAimed || (top.manifest.kind === 'index' && isFoundByName(top.manifest, chosen.descriptor)),
    hasTitles:
      layers.length > 0 &&
      layers.every(({ annotations }) => Boolean(annotations?.['org.opencontainers.image.title'])),
  }
}
