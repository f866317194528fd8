import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findDescriptors } from './descriptors.ts'

const digest = (letter: string) => `sha256:${letter.repeat(64)}`

test('the artifact manifest that OCI dropped, in parts', () => {
  expect(
    findDescriptors({
      mediaType: 'application/vnd.oci.artifact.manifest.v1+json',
      artifactType: 'application/vnd.example',
      blobs: [{ mediaType: 'text/plain', digest: digest('a'), size: 3 }],
      subject: { mediaType: 'x', digest: digest('b'), size: '4' },
    }),
  ).toEqual([
    { path: 'blobs.0', digest: digest('a'), mediaType: 'text/plain', size: 3 },
    { path: 'subject', digest: digest('b'), mediaType: 'x', size: undefined },
  ])
})

test('schema 1 names its layers by blobSum', () => {
  expect(findDescriptors({ fsLayers: [{ blobSum: digest('a') }] })).toMatchObject([{ path: 'fsLayers.0' }])
})

test.each([
  ['null', null],
  ['a text', digest('a')],
  ['a digest that climbs', { digest: 'sha256:../../x' }],
  ['a number', { digest: 5 }],
])('nothing in %s', (_name, value) => {
  expect(findDescriptors(value)).toEqual([])
})

test('documents made to be too much cost little', () => {
  let deep: unknown = { digest: digest('a') }
  for (let level = 0; level < 5000; level++) deep = [deep]
  expect(findDescriptors(deep)).toEqual([])
  expect(findDescriptors(Array(100_000).fill({ digest: digest('a') }))).toHaveLength(1000)
})

test('never throws', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(findDescriptors(value)).toEqual([])
    }),
  )
})
