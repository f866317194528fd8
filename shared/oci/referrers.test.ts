import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Digest } from './digest.ts'
import type { Descriptor } from './manifest.ts'
import { attestationsOf, mergeReferrers, type Referrer, referrerDate, toReferrer } from './referrers.ts'

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as Digest
const child = (letter: string, more: object = {}): Descriptor => ({
  mediaType: 'm',
  digest: digest(letter),
  size: 1,
  ...more,
})

test('BuildKit’s statements about one image', () => {
  const about = (letter: string) => ({
    annotations: {
      'vnd.docker.reference.digest': digest(letter),
      'vnd.docker.reference.type': 'attestation-manifest',
    },
  })
  const manifests = [child('1'), child('2', about('1')), child('3', about('4'))]
  expect(attestationsOf({ manifests }, digest('1')).map((referrer) => referrer.digest)).toEqual([digest('2')])
})

test('one digest found twice is one referrer that knows what both said', () => {
  const first = toReferrer(child('a', { annotations: { x: '1' } }), digest('s'), 'referrers API')
  const second = toReferrer(
    child('a', { artifactType: 't', annotations: { x: '2', y: '3' } }),
    digest('s'),
    'cosign tag',
  )
  expect(mergeReferrers([[first], [second]])).toEqual([
    {
      ...first,
      artifactType: 't',
      annotations: { x: '1', y: '3' },
      foundBy: ['referrers API', 'cosign tag'],
    },
  ])
})

test('merging loses no digest, repeats none and changes nothing when done again', () => {
  const referrer = fc
    .constantFrom('a', 'b', 'c', 'd')
    .map((letter): Referrer => toReferrer(child(letter), digest('s'), 'fallback tag'))
  fc.assert(
    fc.property(fc.array(fc.array(referrer)), (lists) => {
      const merged = mergeReferrers(lists)
      expect(new Set(merged.map((one) => one.digest))).toEqual(new Set(lists.flat().map((one) => one.digest)))
      expect(new Set(merged.map((one) => one.digest)).size).toBe(merged.length)
      expect(mergeReferrers([merged, merged])).toEqual(merged)
    }),
  )
})

test('the date is what the annotations say', () => {
  expect(referrerDate({ annotations: { 'org.opencontainers.image.created': '2026' } })).toBe('2026')
  expect(referrerDate({ annotations: {} })).toBeUndefined()
})
