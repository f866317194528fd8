// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest'
import { explain } from './explain.ts'
import { ApiError, fetchJson, fetchText } from './http.ts'
import { fetchLines } from './lines.ts'

afterEach(() => vi.unstubAllGlobals())
const answering = (make: () => Response | Promise<Response>) => {
  const fetch = vi.fn(async (_url: string, _init: RequestInit) => make())
  vi.stubGlobal('fetch', fetch)
  return fetch
}
const signal = new AbortController().signal
const failure = (path = 'v2/') =>
  fetchJson(path, { signal }).then(
    () => undefined,
    (error: unknown) => (error instanceof ApiError ? error : undefined),
  )

test('a refusal keeps status, code, reason, words and waiting time', async () => {
  answering(
    () =>
      new Response('{"errors":[{"code":"UNAVAILABLE","message":"words","detail":{"reason":"timeout"}}]}', {
        status: 504,
        headers: { 'retry-after': '3' },
      }),
  )
  expect(await failure()).toMatchObject({
    status: 504,
    code: 'UNAVAILABLE',
    reason: 'timeout',
    message: 'words',
    retryAfterSeconds: 3,
  })
})

test.each([
  ['a proxy’s HTML', () => new Response('<h1>Bad gateway</h1>', { status: 502 }), 502],
  ['no network', () => Promise.reject(new TypeError('failed to fetch')), 0],
  ['JSON that is none', () => new Response('{"a":'), 502],
  [
    'an endless document',
    () => new Response('x', { headers: { 'content-length': String(33 * 1024 * 1024) } }),
    502,
  ],
])('%s becomes an error in words', async (_name, make, status) => {
  answering(make)
  const error = await failure()
  expect(error).toMatchObject({ status, code: 'UNAVAILABLE' })
  expect(error?.message).toMatch(/\w+ \w+/)
})

test('cancelling is no failure of the registry', async () => {
  const leaving = new AbortController()
  answering(() => {
    leaving.abort()
    return Promise.reject(new DOMException('gone', 'AbortError'))
  })
  await expect(fetchText('v2/', { signal: leaving.signal })).rejects.toMatchObject({ name: 'AbortError' })
})

test('a body goes out as JSON, its absence without a content type', async () => {
  const fetch = answering(() => new Response('{}'))
  await fetchJson('api/session', { signal, method: 'POST', body: { a: 1 } })
  await fetchJson('api/session', { signal, method: 'DELETE' })
  expect(
    fetch.mock.calls.map(([, init]) => [init.body, (init.headers as Record<string, string>)['content-type']]),
  ).toEqual([
    ['{"a":1}', 'application/json'],
    [null, undefined],
  ])
})

test.each([
  [401, 'UNAUTHORIZED', 'login'],
  [403, 'DENIED', 'denied'],
  [404, 'MANIFEST_UNKNOWN', 'not-found'],
  [502, 'UNAVAILABLE', 'failed'],
  [429, 'TOOMANYREQUESTS', 'failed'],
])('explain: %i %s is %s', (status, code, kind) => {
  expect(explain(new ApiError(status, { code, message: 'Words.' }))).toMatchObject({ kind, hint: 'Words.' })
})

test('explain makes a sentence of what a registry says in two words', () => {
  const { hint } = explain(
    new ApiError(404, {
      code: 'MANIFEST_UNKNOWN',
      message: 'manifest unknown',
      detail: { registryCode: 'MANIFEST_UNKNOWN' },
    }),
  )
  expect(hint).toMatch(/^The registry has no manifest for it.*\.$/)
})

test('explain has words even for what should never happen', () => {
  expect(explain(new TypeError('x is undefined')).title).not.toBe('')
  expect(explain(undefined).hint).not.toContain('undefined')
})

/** An answer in these chunks; `fails` breaks it off. */
function inChunks(chunks: readonly (string | Uint8Array<ArrayBuffer>)[], fails = false) {
  const encoder = new TextEncoder()
  return new Response(
    new ReadableStream<Uint8Array<ArrayBuffer>>({
      async start(controller) {
        for (const chunk of chunks)
          controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk)
        if (fails) controller.error(new Error('reset'))
        else controller.close()
      },
    }),
  )
}
const ä = new TextEncoder().encode('ä')

test.each([
  ['one chunk', ['a\nb\n'], ['a', 'b']],
  ['cut within lines and characters', ['a', 'b\nc', ä.slice(0, 1), ä.slice(1), '\n'], ['ab', 'cä']],
  ['no line end at the end', ['a\nb'], ['a', 'b']],
  ['empty lines', ['\n\na\n\n'], ['a']],
  ['nothing', [], []],
])('lines of a stream: %s', async (_name, chunks, expected) => {
  answering(() => inChunks(chunks))
  const lines: string[] = []
  await fetchLines('api/x', { signal }, (line) => lines.push(line))
  expect(lines).toEqual(expected)
})

test('a stream that breaks off is a bad answer, and what came was given', async () => {
  answering(() => inChunks(['a\nb'], true))
  const lines: string[] = []
  await expect(fetchLines('api/x', { signal }, (line) => lines.push(line))).rejects.toMatchObject({
    reason: 'bad_answer',
  })
})

test('a line without an end is not read for ever', async () => {
  answering(() => inChunks(Array.from({ length: 40 }, () => 'x'.repeat(64 * 1024))))
  await expect(fetchLines('api/x', { signal }, () => {})).rejects.toMatchObject({ reason: 'bad_answer' })
})

test('whoever throws on a line ends the request', async () => {
  answering(() => inChunks(['a\nb\n']))
  const seen = vi.fn(() => {
    throw new Error('enough')
  })
  await expect(fetchLines('api/x', { signal }, seen)).rejects.toThrow('enough')
  expect(seen).toHaveBeenCalledTimes(1)
})
