import { expect, test } from 'vitest'
import { type Descriptor, type ImageIndex, isAttestation, type Platform, parseManifest } from './manifest.ts'
import { isFoundByName, platformsOf } from './platforms.ts'

const part = (letter: string, size = 10, more: object = {}) => ({
  mediaType: 'application/x',
  digest: `sha256:${letter.repeat(64)}`,
  size,
  ...more,
})
/** `linux/arm/v7` */
const platformOf = (name: string): Platform => {
  const [os = '', architecture = '', variant] = name.split('/')
  return { os, architecture, ...(variant && { variant }) }
}
const indexOf = (...names: string[]): ImageIndex =>
  parseManifest(
    {
      manifests: names.map((name) => part('a', 1, name === 'unnamed' ? {} : { platform: platformOf(name) })),
    },
    undefined,
  ) as ImageIndex

test('the platforms of an index: amd64 first, attestations left out, twins numbered', () => {
  const child = (os: string, architecture: string, more: object = {}) =>
    part('a', 1, { platform: { os, architecture, ...more } })
  const index = parseManifest(
    {
      manifests: [
        child('windows', 'amd64', { 'os.version': '10.0.1' }),
        child('linux', 'arm64', { variant: 'v8' }),
        child('unknown', 'unknown'),
        part('b', 1, { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } }),
        child('linux', 'amd64'),
        child('linux', 'amd64'),
        part('d'),
      ],
    },
    undefined,
  ) as ImageIndex
  expect(platformsOf(index).map(({ label }) => label)).toEqual([
    'linux/amd64',
    'linux/amd64 #2',
    'linux/arm64/v8',
    'unnamed',
    'windows/amd64 (10.0.1)',
  ])
  expect(index.manifests.filter(isAttestation)).toHaveLength(2)
})

test.each([
  [
    ['linux/386', 'linux/amd64/v3', 'linux/amd64/v2', 'linux/amd64', 'linux/arm64'],
    ['linux/amd64', 'linux/amd64/v2', 'linux/amd64/v3', 'linux/386', 'linux/arm64'],
  ],
  [
    ['windows/amd64', 'linux/386', 'linux/amd64/v2'],
    ['linux/amd64/v2', 'linux/386', 'windows/amd64'],
  ],
  [
    ['linux/amd64x', 'darwin/amd64', 'linux/386'],
    ['linux/386', 'linux/amd64x', 'darwin/amd64'],
  ],
])('%j: amd64 first and its variants with it', (names, labels) => {
  expect(platformsOf(indexOf(...names)).map(({ label }) => label)).toEqual(labels)
})

test('many twins are numbered in the order of the index', () => {
  const labels = platformsOf(indexOf(...Array(12).fill('linux/arm64'))).map(({ label }) => label)
  expect(labels.slice(0, 2)).toEqual(['linux/arm64', 'linux/arm64 #2'])
  expect(labels.at(-1)).toBe('linux/arm64 #12')
})

test.each([
  [['linux/amd64', 'linux/arm64'], 'linux/amd64', true],
  [['linux/arm/v6', 'linux/arm/v7'], 'linux/arm/v6', true],
  // clients take the first of any variant, or their own
  [['linux/arm/v6', 'linux/arm'], 'linux/arm', false],
  [['linux/amd64/v2', 'linux/amd64'], 'linux/amd64', false],
  [['linux/amd64/v2', 'linux/amd64'], 'linux/amd64/v2', true],
  [['linux/arm64', 'linux/arm64/v8'], 'linux/arm64/v8', false],
  [['linux/amd64', 'linux/amd64'], 'linux/amd64', false],
  [['windows/amd64', 'windows/amd64', 'linux/amd64'], 'linux/amd64', true],
  [['linux/constructor', 'linux/constructor/v1'], 'linux/constructor/v1', true],
  [['unnamed', 'linux/amd64'], 'unnamed', false],
])('of %j, is %s found by its name: %s', (names, name, expected) => {
  const index = indexOf(...names)
  const child = index.manifests[names.indexOf(name)] as Descriptor
  expect(isFoundByName(index, child)).toBe(expected)
})

test('attestations take nobody’s name', () => {
  const twin = part('b', 1, {
    platform: platformOf('linux/amd64'),
    annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
  }) as unknown as Descriptor
  const { manifests } = indexOf('linux/amd64')
  expect(isFoundByName({ manifests: [...manifests, twin] }, manifests[0] as Descriptor)).toBe(true)
})

test('layers and config of a BuildKit cache index are no platforms; old and unnamed manifests are', () => {
  const child = (mediaType: string) => ({ ...part('a'), mediaType })
  const platforms = (mediaType: string) => {
    const index = parseManifest({ manifests: [child(mediaType)] }, undefined) as ImageIndex
    return platformsOf(index).length
  }
  expect(platforms('application/vnd.oci.image.layer.v1.tar+gzip')).toBe(0)
  expect(platforms('application/vnd.buildkit.cacheconfig.v0')).toBe(0)
  for (const type of [
    '',
    'application/vnd.oci.image.manifest.v1+json',
    'application/vnd.oci.image.index.v1+json; charset=utf-8',
    'application/vnd.docker.distribution.manifest.v2+json',
    'application/vnd.docker.distribution.manifest.list.v2+json',
    'application/vnd.docker.distribution.manifest.v1+prettyjws',
  ])
    expect([type, platforms(type)]).toEqual([type, 1])
})
