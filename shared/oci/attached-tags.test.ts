import { expect, test } from 'vitest'
import { cosignTags, fallbackTag, isAttached } from './attached-tags.ts'
import { type Digest, parseDigest } from './digest.ts'
import type { Tag } from './reference.ts'

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as Digest

test.each([
  [digest('a'), `sha256-${'a'.repeat(64)}`],
  [`sha512:${'b'.repeat(128)}`, `sha512-${'b'.repeat(64)}`],
  [
    'multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8',
    'multihash-base58-QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8',
  ],
])('fallbackTag %s', (text, tag) => {
  expect(fallbackTag(parseDigest(text)!)).toBe(tag)
})

test('cosign’s tags of these images, and no others', () => {
  const tags = [
    'latest',
    `sha256-${'a'.repeat(64)}`,
    `sha256-${'a'.repeat(64)}.sig`,
    `sha256-${'a'.repeat(64)}.att`,
    `sha256-${'b'.repeat(64)}.sbom`,
    `sha256-${'c'.repeat(64)}.sig`,
    `sha256-${'a'.repeat(63)}.sig`,
    `sha256-${'a'.repeat(64)}.other`,
  ] as Tag[]
  expect(cosignTags(tags, [digest('a'), digest('b')])).toEqual([
    { tag: tags[2], subject: digest('a') },
    { tag: tags[3], subject: digest('a') },
    { tag: tags[4], subject: digest('b') },
  ])
})

const hex = 'a'.repeat(64)
test.each([
  [`sha256-${hex}.sig`, true],
  [`sha256-${hex}.att`, true],
  [`sha256-${hex}.sbom`, true],
  [`sha256-${hex}`, true],
  [`sha256-${hex}.txt`, false],
  [`sha256-${hex.slice(1)}.sig`, false],
  [`x-sha256-${hex}.sig`, false],
  [`sha1-${hex}`, false],
  ['latest', false],
])('%s is attached to another image: %s', (tag, expected) => {
  expect(isAttached(tag as Tag)).toBe(expected)
})

test.each([
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
])('whatever the registry lists under the fallback tag of %s is attached', (algorithm, length) => {
  const tag = fallbackTag(parseDigest(`${algorithm}:${'b'.repeat(length)}`)!)
  expect(isAttached(tag!)).toBe(true)
})
