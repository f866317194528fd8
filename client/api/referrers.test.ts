// @vitest-environment happy-dom
import { QueryClient } from '@tanstack/react-query'
import { afterEach, expect, test, vi } from 'vitest'
import type { Digest } from '../../shared/oci/digest.ts'
import type { Repository } from '../../shared/oci/reference.ts'
import { referrersOf } from './referrers.ts'

const subject = `sha256:${'a'.repeat(64)}` as Digest
const tagged = `sha256-${'a'.repeat(64)}`
const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const entry = (letter: string, artifactType?: string) => ({
  mediaType: 'm',
  digest: digest(letter),
  size: 1,
  artifactType,
})
const index = (...manifests: object[]) => ({ schemaVersion: 2, manifests })
const signature = {
  schemaVersion: 2,
  config: entry('c'),
  layers: [{ ...entry('d'), mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json' }],
}

afterEach(() => vi.unstubAllGlobals())

type Answers = Readonly<Record<string, unknown>>

/** Answers by the end of the path; what is not listed is 404. */
function registry(answers: Answers, headers: Readonly<Record<string, Record<string, string>>> = {}) {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (url: string) => {
    const path = url.slice(url.indexOf('/v2/') + '/v2/a/'.length)
    asked.push(path)
    const body = answers[path]
    return body === undefined
      ? new Response('{"errors":[{"code":"NOT_FOUND","message":""}]}', { status: 404 })
      : new Response(JSON.stringify(body), { headers: headers[path] ?? {} })
  })
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 1e6 } } })
  return { asked, client, list: () => client.fetchQuery(referrersOf('a' as Repository, subject)) }
}

test('by the API, page after page, and by cosign’s tags; each digest once', async () => {
  const { list } = registry(
    {
      'tags/list': { tags: ['1', `${tagged}.sig`, `sha256-${'b'.repeat(64)}.sig`] },
      [`referrers/${subject}`]: index(entry('1', 'application/spdx+json')),
      [`referrers/${subject}?last=1`]: index(entry('2'), entry('1')),
      [`manifests/${tagged}.sig`]: signature,
    },
    {
      [`referrers/${subject}`]: { link: `</v2/a/referrers/${subject}?last=1>; rel="next"` },
      [`manifests/${tagged}.sig`]: { 'docker-content-digest': digest('2') },
    },
  )
  expect((await list()).map((one) => [one.digest, one.artifactType, one.foundBy])).toEqual([
    [digest('1'), 'application/spdx+json', ['referrers API']],
    [digest('2'), 'application/vnd.dev.cosign.simplesigning.v1+json', ['referrers API', 'cosign tag']],
  ])
})

test('without the API by the fallback tag, if there is one; and the API is not asked for again', async () => {
  const { asked, client, list } = registry({
    'tags/list': { tags: [tagged] },
    [`manifests/${tagged}`]: index(entry('3')),
  })
  expect((await list()).map((one) => [one.digest, one.foundBy])).toEqual([[digest('3'), ['fallback tag']]])
  await client.fetchQuery(referrersOf('a' as Repository, digest('b') as Digest))
  expect(asked.filter((path) => path.startsWith('referrers/'))).toHaveLength(1)
  expect(asked.filter((path) => path.startsWith('manifests/'))).toHaveLength(1)
})

test.each([
  ['no API, no tags', {}, []],
  ['no tags to be seen', { [`referrers/${subject}`]: index(entry('1')) }, [digest('1')]],
  ['null for none', { [`referrers/${subject}`]: index(), 'tags/list': { tags: null } }, []],
])('%s', async (_name, answers: Answers, digests) => {
  expect((await registry(answers).list()).map((one) => one.digest)).toEqual(digests)
})

test('a registry that answers with something else is a bad answer', async () => {
  await expect(registry({ [`referrers/${subject}`]: { hello: 1 } }).list()).rejects.toMatchObject({
    reason: 'bad_answer',
  })
})

test('a registry that fails is no registry without referrers', async () => {
  const { list } = registry({})
  vi.stubGlobal('fetch', async () => new Response('{}', { status: 502 }))
  await expect(list()).rejects.toMatchObject({ status: 502 })
})
