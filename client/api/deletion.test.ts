// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest'
import type { DeletionPlan } from '../../shared/api/deletion.ts'
import { parseRepository } from '../../shared/oci/reference.ts'
import { deleteManifest, fetchPlan } from './deletion.ts'

afterEach(() => vi.unstubAllGlobals())
const repository = parseRepository('team/app')!
const answering = (make: () => Response) => {
  const fetch = vi.fn(async (_url: string, _init: RequestInit) => make())
  vi.stubGlobal('fetch', fetch)
  return fetch
}
const lines = (...values: unknown[]) =>
  new Response(values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join('\n'))
const ask = (onProgress: (progress: object) => void = () => {}) =>
  fetchPlan(repository, ['1.0'], new AbortController().signal, onProgress)
const plan: DeletionPlan = {
  mode: 'digest',
  manifests: [
    {
      digest: 'sha256:a',
      mediaType: 'm',
      asked: ['1.0'],
      others: ['latest'],
      platforms: ['linux/amd64'],
      referrers: [{ type: 'cosign signature', tag: 'sha256-a.sig' }],
    },
  ],
  broken: [],
  gone: [],
  tagCount: 2,
  bytes: 7,
  partial: true,
}

test('progress as it comes, then the plan', async () => {
  const fetch = answering(() => lines({ progress: { known: 1, all: 2 } }, { plan }))
  const seen: object[] = []
  expect(await ask((progress) => seen.push(progress))).toEqual(plan)
  expect(seen).toEqual([{ known: 1, all: 2 }])
  const [url, init] = fetch.mock.calls[0]!
  expect([new URL(url).pathname, init.body]).toEqual([
    '/api/repositories/team/app/deletion-plan',
    '{"tags":["1.0"]}',
  ])
})

test('the plan of a large repository is one long line', async () => {
  const others = Array.from({ length: 100_000 }, (_, index) => `build-${index}-${'x'.repeat(20)}`)
  const large = { ...plan, manifests: [{ ...plan.manifests[0], others }] }
  answering(() => lines({ plan: large }))
  expect((await ask()).manifests[0]?.others).toHaveLength(100_000)
})

test.each([
  ['DENIED', 403],
  ['UNAUTHORIZED', 401],
  ['UNSUPPORTED', 405],
  ['UNAVAILABLE', 502],
])('an error within the stream, %s, is one of the answer', async (code, status) => {
  answering(() => lines({ progress: { known: 1, all: 2 } }, { error: { code, message: 'Words.' } }))
  await expect(ask()).rejects.toMatchObject({ status, code, message: 'Words.' })
})

test.each<[string, readonly unknown[]]>([
  ['cut off', [{ progress: { known: 1, all: 2 } }]],
  ['empty', []],
  ['no JSON', ['<h1>Hello</h1>']],
  ['something else', [{ rows: [] }]],
  ['half a plan', [{ plan: { ...plan, manifests: undefined } }]],
  ['a third way to delete', [{ plan: { ...plan, mode: 'all' } }]],
])('an answer that is %s is no plan', async (_name, values) => {
  answering(() => lines(...values))
  await expect(ask()).rejects.toMatchObject({ status: 502, reason: 'bad_answer' })
})

const refusal = (status: number, code: string, detail?: object) => () =>
  Response.json({ errors: [{ code, message: 'Words.', detail }] }, { status })

test('a deletion names what was planned', async () => {
  const fetch = answering(() => new Response(null, { status: 202 }))
  expect(await deleteManifest(repository, '1.0', { digest: 'sha256:a' })).toBe('deleted')
  const [url, init] = fetch.mock.calls[0]!
  expect([new URL(url).pathname, init.method, init.body]).toEqual([
    '/v2/team/app/manifests/1.0',
    'DELETE',
    '{"digest":"sha256:a"}',
  ])
})

test.each([
  ['a manifest nobody has', refusal(404, 'MANIFEST_UNKNOWN')],
  ['a repository nobody has', refusal(404, 'NAME_UNKNOWN')],
  ['a tag without a manifest', refusal(409, 'CONFLICT', { reason: 'tag_moved', tag: '1.0' })],
])('%s is gone, as it was meant to be', async (_name, make) => {
  answering(make)
  expect(await deleteManifest(repository, '1.0', {})).toBe('gone')
})

test.each([
  ['moved to another manifest', 409, refusal(409, 'CONFLICT', { reason: 'tag_moved', digest: 'sha256:b' })],
  ['siblings that went too', 409, refusal(409, 'CONFLICT', { reason: 'siblings_gone', tags: ['a'] })],
  ['not allowed', 403, refusal(403, 'DENIED')],
  ['a page that is not Gantry’s', 404, () => new Response('<h1>nginx</h1>', { status: 404 })],
])('%s is a failure', async (_name, status, make) => {
  answering(make)
  await expect(deleteManifest(repository, '1.0', {})).rejects.toMatchObject({ status })
})
