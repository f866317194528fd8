// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest'
import type { SummaryRow } from '../../shared/api/summaries.ts'
import { parseRepository, type Tag } from '../../shared/oci/reference.ts'
import { errorOfEntry } from './http.ts'
import { fetchSummaries, isPassing } from './summaries.ts'

afterEach(() => vi.unstubAllGlobals())
const repository = parseRepository('team/app')!
const row = (tag: string) => ({ tag, digest: 'sha256:a', mediaType: 'm', platforms: [] })

/** Rows until it ended, and how. */
async function ask(tags: string[], lines: readonly unknown[]) {
  const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  vi.stubGlobal('fetch', async () => new Response(body))
  const rows: SummaryRow[] = []
  const outcome = await fetchSummaries(
    repository,
    tags as Tag[],
    new AbortController().signal,
    (one) => void rows.push(one),
  ).then(
    () => 'complete',
    (error: unknown) => error,
  )
  return { tags: rows.map(({ tag }) => tag), outcome }
}

test('a row for each tag, in the order they come', async () => {
  expect(await ask(['a', 'b'], [row('b'), row('a')])).toEqual({ tags: ['b', 'a'], outcome: 'complete' })
})

test.each([
  ['a row is missing', [row('a')], ['a']],
  ['a row comes twice', [row('a'), row('a')], ['a']],
  ['nobody asked for it', [row('c')], []],
  ['a line is no row', [{ tag: 'a' }], []],
])('an answer makes no sense if %s', async (_name, lines, tags) => {
  expect(await ask(['a', 'b'], lines)).toEqual({
    tags,
    outcome: expect.objectContaining({ status: 502, reason: 'bad_answer' }),
  })
})

test('a row that says: log in, fails the whole, as an answer that says so does', async () => {
  const error = { code: 'UNAUTHORIZED', message: 'Over.', detail: { reason: 'session_ended' } }
  expect(await ask(['a', 'b'], [row('a'), { tag: 'b', error }])).toEqual({
    tags: ['a'],
    outcome: expect.objectContaining({ status: 401, code: 'UNAUTHORIZED', reason: 'session_ended' }),
  })
})

test.each([
  ['UNAVAILABLE', { reason: 'registry_down' }, true],
  ['UNAVAILABLE', { reason: 'timeout' }, true],
  ['UNAVAILABLE', undefined, true],
  ['UNAVAILABLE', { reason: 'bad_answer' }, false],
  ['TOOMANYREQUESTS', undefined, true],
  ['MANIFEST_UNKNOWN', undefined, false],
  ['MANIFEST_INVALID', { reason: 'timeout' }, false],
  ['DENIED', undefined, false],
  ['constructor', undefined, false],
])('%s %j passes: %s', (code, detail, expected) => {
  expect(isPassing({ code, message: '', detail })).toBe(expected)
})

test.each([
  ['TOOMANYREQUESTS', { retryAfterSeconds: 30 }, 429, 30],
  ['UNAVAILABLE', { reason: 'timeout', retryAfterSeconds: -1 }, 502, undefined],
  ['UNAVAILABLE', { retryAfterSeconds: '30' }, 502, undefined],
  ['constructor', 'text', 502, undefined],
])('a row’s error %s %j as one of the answer', (code, detail, status, retryAfterSeconds) => {
  expect(errorOfEntry({ code, message: '', detail })).toMatchObject({ status, code, retryAfterSeconds })
})
