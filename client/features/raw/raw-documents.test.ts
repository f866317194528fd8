import { expect, test } from 'vitest'
import type { Digest } from '../../../shared/oci/digest.ts'
import type { Descriptor, ImageIndex } from '../../../shared/oci/manifest.ts'
import { OCI_INDEX } from '../../../shared/oci/media-types.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import { digestLinks, type Opened, rawDocuments } from './raw-documents.ts'

const digest = (n: number) => `sha256:${n.toString(16).padStart(64, '0')}` as Digest
const child = (n: number): Descriptor => ({ mediaType: OCI_INDEX, digest: digest(n), size: 1 })
const index = (...manifests: Descriptor[]): ImageIndex => ({
  kind: 'index',
  mediaType: OCI_INDEX,
  artifactType: undefined,
  manifests,
  subject: undefined,
  annotations: {},
  isWhole: true,
  problems: [],
})
const opened = (top: ImageIndex, chosen: ImageIndex | undefined): Opened => ({
  repository: 'a' as Repository,
  name: digest(0),
  top: { manifest: top, named: digest(0) },
  chosen: top.manifests[0] && { descriptor: top.manifests[0], manifest: chosen },
})

test.each<[string, ImageIndex, ImageIndex | undefined, string[], Digest[]]>([
  ['itself', index(child(0)), index(child(0)), ['top', digest(0)], [digest(0)]],
  ['itself twice', index(child(0), child(0)), index(child(0)), ['top', digest(0)], [digest(0)]],
  ['another that names it', index(child(1)), index(child(0)), ['top', digest(1)], [digest(1), digest(0)]],
  ['one that is not there', index(child(1)), undefined, ['top', digest(1)], [digest(1)]],
  ['nothing', index(), undefined, ['top'], []],
])('an index that names %s: each document once, each digest a link', (_name, top, chosen, ids, linked) => {
  const documents = rawDocuments(opened(top, chosen))
  expect(documents.map(({ id }) => id)).toEqual(ids)
  const links = digestLinks(opened(top, chosen), documents, () => '')
  expect([...links]).toEqual(linked.map((one) => [one, `/r/a@${one}`]))
})

test('of ten thousand children five hundred are offered, and every one is linked', () => {
  const top = index(...Array.from({ length: 10_000 }, (_, n) => child(n + 1)))
  const documents = rawDocuments(opened(top, undefined))
  expect(documents).toHaveLength(501)
  expect(digestLinks(opened(top, undefined), documents, () => '').size).toBe(10_000)
})
