// The documents behind what is open, and where the digests in them lead.

import { isRunnable } from '../../../shared/oci/artifact-kind.ts'
import { type Digest, shortDigest } from '../../../shared/oci/digest.ts'
import {
  type Descriptor,
  isAttestation,
  layerTypeOf,
  type ParsedManifest,
} from '../../../shared/oci/manifest.ts'
import { essence, OCI_EMPTY } from '../../../shared/oci/media-types.ts'
import { platformsOf } from '../../../shared/oci/platforms.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import { MAX_DOCUMENT_BYTES } from '../../api/http.ts'
import { referencePath } from '../../lib/paths.ts'

export interface RawDocument {
  /** In the address; `top` for what the reference names, else the digest. */
  readonly id: string
  readonly label: string
  readonly kind: 'manifest' | 'blob'
  /** Of the bytes, as they were named; undefined for a tag whose digest the registry does not say. */
  readonly digest: Digest | undefined
  /** What it is asked for by. */
  readonly reference: string
  /** One of the two or three that most people come for. */
  readonly isMain: boolean
}

export interface Opened {
  readonly repository: Repository
  /** Tag or digest. */
  readonly name: string
  readonly top: {
    readonly manifest: ParsedManifest
    /** By which it was asked for, or as the registry names it. */
    readonly named: Digest | undefined
  }
  /** The chosen platform of an index: its descriptor and, once it is there, its manifest. */
  readonly chosen:
    | { readonly descriptor: Descriptor; readonly manifest: ParsedManifest | undefined }
    | undefined
}

const isJson = ({ mediaType, size }: Descriptor) =>
  /[/+.-]json$|^application\/vnd\.in-toto/.test(essence(mediaType)) && (size ?? 0) <= MAX_DOCUMENT_BYTES

function childDocuments({ top, chosen }: Opened): RawDocument[] {
  if (top.manifest.kind !== 'index') return []
  const labels = new Map(platformsOf(top.manifest).map(({ label, descriptor }) => [descriptor, label]))
  return top.manifest.manifests.slice(0, 500).map((child): RawDocument => {
    const isChosen = child.digest === chosen?.descriptor.digest
    const name = isAttestation(child)
      ? `Attestation ${shortDigest(child.digest)}`
      : (labels.get(child) ?? 'manifest')
    return {
      id: child.digest,
      label: isChosen ? `Manifest of ${name}` : name,
      kind: 'manifest',
      digest: child.digest,
      reference: child.digest,
      isMain: isChosen,
    }
  })
}

function blobDocuments(manifest: ParsedManifest | undefined): RawDocument[] {
  if (manifest?.kind !== 'manifest') return []
  const blob = ({ digest }: Descriptor, label: string, isMain: boolean): RawDocument => ({
    id: digest,
    label,
    kind: 'blob',
    digest,
    reference: digest,
    isMain,
  })
  const { config, layers } = manifest
  const payloads = isRunnable(manifest)
    ? []
    : layers.filter((layer) => isJson(layer) && !layerTypeOf(layer).isForeign)
  return [
    ...(config === undefined || essence(config.mediaType) === OCI_EMPTY
      ? []
      : [blob(config, 'Config', true)]),
    ...payloads
      .slice(0, 100)
      .map((layer, index) =>
        blob(
          layer,
          layer.annotations?.['org.opencontainers.image.title']?.slice(0, 60) ??
            (payloads.length === 1 ? 'Payload' : `Payload ${index + 1}`),
          index === 0,
        ),
      ),
  ]
}

/** Every document that can be shown, what the reference names first; each once. */
export function rawDocuments(opened: Opened): readonly RawDocument[] {
  const { name, top, chosen } = opened
  const first: RawDocument = {
    id: 'top',
    label: top.manifest.kind === 'index' ? 'Index' : 'Manifest',
    kind: 'manifest',
    digest: top.named,
    reference: name,
    isMain: true,
  }
  const children = childDocuments(opened)
  const all = [first, ...children, ...blobDocuments(chosen === undefined ? top.manifest : chosen.manifest)]
  const seen = new Set<string>()
  return all.filter(({ id }) => !seen.has(id) && seen.add(id))
}

/** Where a digest leads: manifests to their own page, documents to Raw, layers to their row; others nowhere. */
export function digestLinks(
  { repository, top, chosen }: Opened,
  documents: readonly RawDocument[],
  searchFor: (tab: 'raw' | 'layers', more: Readonly<Record<string, string>>) => string,
): ReadonlyMap<string, string> {
  const links = new Map<string, string>()
  const toPage = ({ digest }: Descriptor) => links.set(digest, referencePath({ repository, digest }))
  for (const manifest of [top.manifest, chosen?.manifest]) {
    if (manifest?.kind === 'index') manifest.manifests.forEach(toPage)
    if (manifest?.kind === 'index' || manifest?.kind === 'manifest')
      if (manifest.subject) toPage(manifest.subject)
    if (manifest?.kind === 'manifest' && isRunnable(manifest))
      for (const { digest } of manifest.layers) links.set(digest, searchFor('layers', {}))
  }
  for (const { kind, digest, id } of documents)
    if (kind === 'blob' && digest !== undefined) links.set(digest, searchFor('raw', { doc: id }))
  return links
}
