import { expect, test } from 'vitest'
import type { Digest } from '../../../shared/oci/digest.ts'
import { parseManifest } from '../../../shared/oci/manifest.ts'
import { OCI_CONFIG, OCI_EMPTY, OCI_LAYER_GZIP, OCI_MANIFEST } from '../../../shared/oci/media-types.ts'
import { platformsOf } from '../../../shared/oci/platforms.ts'
import { parseReference } from '../../../shared/oci/reference.ts'
import { commandTarget, type OnPage } from './command-target.ts'

const digestOf = (letter: string) => `sha256:${letter.repeat(64)}` as Digest
const part = (mediaType: string, letter: string, more: object = {}) => ({
  mediaType,
  digest: digestOf(letter),
  size: 1,
  ...more,
})
const AMD64 = { platform: { os: 'linux', architecture: 'amd64' } }
const titled = (title: string) => ({ annotations: { 'org.opencontainers.image.title': title } })
const indexOf = (...manifests: object[]) => parseManifest({ manifests }, undefined)
const manifestOf = (config: string, ...layers: object[]) =>
  parseManifest({ config: part(config, 'c'), layers }, undefined)
const IMAGE = manifestOf(OCI_CONFIG, part(OCI_LAYER_GZIP, '1'))

/** The page of an index with this child in view. */
const pageOf = (index: ReturnType<typeof parseManifest>, at: number, more: Partial<OnPage> = {}): OnPage => ({
  reference: parseReference('team/api:1')!,
  top: { manifest: index, digest: digestOf('f') },
  chosen: index.kind === 'index' ? platformsOf(index)[at] : undefined,
  shown: IMAGE,
  isChosen: false,
  ...more,
})
const aim = (page: OnPage) => commandTarget('r.example', page)

test('until a platform is chosen clients take their own, from the index', () => {
  const index = indexOf(part(OCI_MANIFEST, 'a', AMD64))
  expect(aim(pageOf(index, 0))).toMatchObject({
    digest: digestOf('f'),
    platform: undefined,
    isFoundByName: true,
    kind: { id: 'image' },
  })
  expect(aim(pageOf(index, 0, { isChosen: true }))).toMatchObject({
    digest: digestOf('a'),
    ...AMD64,
    isFoundByName: true,
  })
})

test('twins are not found by their name, nor is a child without one, chosen or not', () => {
  const twins = indexOf(part(OCI_MANIFEST, 'a', AMD64), part(OCI_MANIFEST, 'b', AMD64))
  expect(aim(pageOf(twins, 1, { isChosen: true }))).toMatchObject({
    digest: digestOf('b'),
    isFoundByName: false,
  })
  const unnamed = indexOf(part(OCI_MANIFEST, 'a'))
  for (const isChosen of [true, false])
    expect(aim(pageOf(unnamed, 0, { isChosen }))).toMatchObject({
      digest: digestOf('a'),
      platform: undefined,
      isFoundByName: false,
    })
})

test.each([
  [
    'BuildKit’s cache',
    indexOf(part(OCI_LAYER_GZIP, '1'), part('application/vnd.buildkit.cacheconfig.v0', '2')),
  ],
  ['an empty index', indexOf()],
  [
    'statements alone',
    indexOf(part(OCI_MANIFEST, 'a', { platform: { os: 'unknown', architecture: 'unknown' } })),
  ],
])('%s: nothing in it can be pulled', (_name, index) => {
  expect(aim(pageOf(index, 0, { shown: index }))).toMatchObject({ kind: undefined, digest: digestOf('f') })
})

test('a cache within an index, and a child that is no manifest, are documents too', () => {
  const index = indexOf(part(OCI_MANIFEST, 'a', AMD64))
  const cache = indexOf(part(OCI_LAYER_GZIP, '1'))
  for (const shown of [cache, parseManifest({}, undefined)])
    expect(aim(pageOf(index, 0, { shown }))?.kind).toBeUndefined()
  expect(aim(pageOf(index, 0, { shown: undefined }))?.kind).toMatchObject({ id: 'image' })
  expect(aim(pageOf(index, 0, { shown: index }))?.kind).toMatchObject({ id: 'image' })
})

test.each([
  ['all titled', [titled('a'), titled('b')], true],
  ['one without', [titled('a'), {}], false],
  ['an empty title', [titled('')], false],
  ['no layers', [], false],
])('titles of files: %s', (_name, layers, hasTitles) => {
  const files = manifestOf(OCI_EMPTY, ...layers.map((more) => part('text/plain', '1', more)))
  expect(aim(pageOf(files, 0, { shown: files }))).toMatchObject({ hasTitles, kind: { id: 'files' } })
})

test('what a signature is about: its subject, else its tag', () => {
  const reference = parseReference(`team/api:sha256-${'d'.repeat(64)}.sig`)!
  expect(aim(pageOf(IMAGE, 0, { reference }))?.subject).toBe(digestOf('d'))
  const shown = parseManifest(
    { config: part(OCI_CONFIG, 'c'), layers: [], subject: part(OCI_MANIFEST, 'e') },
    undefined,
  )
  expect(aim(pageOf(shown, 0, { reference, shown }))?.subject).toBe(digestOf('e'))
})

test('what is no manifest has no commands', () => {
  expect(aim(pageOf(parseManifest({}, undefined), 0))).toBeUndefined()
  expect(aim(pageOf(parseManifest({ schemaVersion: 1 }, undefined), 0))).toBeUndefined()
})
