// @vitest-environment happy-dom
import { QueryClient } from '@tanstack/react-query'
import { afterEach, expect, test, vi } from 'vitest'
import type { SummaryRow } from '../../shared/api/summaries.ts'
import type { Repository } from '../../shared/oci/reference.ts'
import { prefetchImage } from './image.ts'

const repository = 'a' as Repository
const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const INDEX = 'application/vnd.oci.image.index.v1+json'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const CONFIG = 'application/vnd.oci.image.config.v1+json'
const child = (letter: string, architecture?: string, mediaType = MANIFEST) => ({
  mediaType,
  digest: digest(letter),
  size: 1,
  ...(architecture && { platform: { os: 'linux', architecture } }),
})
const index = (...manifests: object[]) => ({ schemaVersion: 2, mediaType: INDEX, manifests })
const image = (config: string) => ({
  schemaVersion: 2,
  mediaType: MANIFEST,
  config: { mediaType: CONFIG, digest: digest(config), size: 1 },
  layers: [],
})
const CONTENTS: Readonly<Record<string, object>> = {
  'manifests/multi': index(child('2', 'arm64'), child('1', 'amd64')),
  'manifests/plain': image('c'),
  [`manifests/${digest('1')}`]: image('c'),
  [`manifests/${digest('2')}`]: image('d'),
  [`blobs/${digest('c')}`]: {},
  [`blobs/${digest('d')}`]: {},
  // circles: a lists b, b lists a; self lists itself
  'manifests/circle': index(child('b', undefined, INDEX)),
  [`manifests/${digest('a')}`]: index(child('b', undefined, INDEX)),
  [`manifests/${digest('b')}`]: index(child('a', undefined, INDEX)),
  [`manifests/${digest('e')}`]: index(child('e', undefined, INDEX)),
}
const row = (named: object, platforms = ['linux/amd64']): SummaryRow => ({
  tag: 'multi',
  digest: digest('0'),
  mediaType: INDEX,
  platforms,
  ...named,
})

afterEach(() => vi.unstubAllGlobals())

/** What was asked for, in rounds: each holds what was asked before anything of it was answered. */
async function roundsOf(name: string, platform: string | null, known: SummaryRow | undefined) {
  const rounds: string[][] = []
  let waiting: (() => void)[] = []
  vi.stubGlobal('fetch', (url: string) => {
    const path = url.slice(url.indexOf('/v2/a/') + '/v2/a/'.length)
    if (waiting.length === 0) {
      rounds.push([])
      setTimeout(() => {
        const answered = waiting
        waiting = []
        for (const answer of answered) answer()
      }, 5)
    }
    rounds.at(-1)?.push(path)
    const body = CONTENTS[path]
    const response = new Response(JSON.stringify(body ?? {}), { status: body === undefined ? 404 : 200 })
    return new Promise<Response>((resolve) => waiting.push(() => resolve(response)))
  })
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 1e6 } } })
  await prefetchImage(client, repository, name, platform, known)
  return rounds
}
const [MULTI, AMD64, ARM64] = ['manifests/multi', `manifests/${digest('1')}`, `manifests/${digest('2')}`]
const [C, D] = [`blobs/${digest('c')}`, `blobs/${digest('d')}`]
const full = row({ image: digest('1'), config: digest('c') })

test.each<[string, string, string | null, SummaryRow | undefined, string[][]]>([
  ['an index, nothing known', 'multi', null, undefined, [[MULTI], [AMD64], [C]]],
  ['an image, nothing known', 'plain', null, undefined, [['manifests/plain'], [C]]],
  ['an index with its summary', 'multi', null, full, [[MULTI, AMD64, C]]],
  ['its first platform by name', 'multi', 'linux/amd64', full, [[MULTI, AMD64, C]]],
  ['another platform', 'multi', 'linux/arm64', full, [[MULTI], [ARM64], [D]]],
  ['an image with its summary', 'plain', null, row({ config: digest('c') }), [['manifests/plain', C]]],
  ['a platform is nothing to an image', 'plain', 'x', row({ config: digest('c') }), [['manifests/plain', C]]],
  ['an artifact', 'plain', null, row({}, []), [['manifests/plain'], [C]]],
  [
    'a tag that was moved: what it leads to now is there',
    'multi',
    null,
    row({ image: digest('2'), config: digest('d') }),
    [[MULTI, ARM64, D], [AMD64], [C]],
  ],
  [
    'a summary of what is gone',
    'multi',
    null,
    row({ image: digest('f'), config: digest('f') }),
    [[MULTI, `manifests/${digest('f')}`, `blobs/${digest('f')}`], [AMD64], [C]],
  ],
  ['digests that are none', 'multi', null, row({ image: '../x', config: 'y' }), [[MULTI], [AMD64], [C]]],
  [
    'a tag that had no summary',
    'multi',
    null,
    { tag: 'multi', error: { code: 'DENIED', message: '' } },
    [[MULTI], [AMD64], [C]],
  ],
  ['a tag that is missing', 'none', null, undefined, [['manifests/none']]],
  ['an index in a circle', 'circle', null, undefined, [['manifests/circle'], [`manifests/${digest('b')}`]]],
  ['an index within itself', digest('e'), null, undefined, [[`manifests/${digest('e')}`]]],
])('asked for ahead, in rounds: %s', async (_name, name, platform, known, expected) => {
  expect(await roundsOf(name, platform, known)).toEqual(expected)
})
