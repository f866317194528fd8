import { request } from 'undici'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createFaults, type Fault } from './faults.ts'
import { type DemoServer, startServer } from './http-server.ts'

const handle = vi.fn(() => ({
  status: 200,
  headers: { 'content-type': 'application/json', etag: '"1"' },
  body: '{"names":["a","b"]}',
}))

let server: DemoServer
beforeEach(async () => {
  handle.mockClear()
  server = await startServer({ port: 0, tls: undefined, faults: createFaults(), record: true, handle })
})
afterEach(() => server.close())

function strike(fault: Fault, times?: number) {
  return server.faults.add({ match: /./, fault, ...(times && { times }) })
}

async function ask(path = '/v2/', signal?: AbortSignal) {
  const { statusCode, headers, body } = await request(`${server.origin}${path}`, { signal })
  return { status: statusCode, headers, text: await body.text() }
}

async function* twoChunks() {
  yield 'one '
  yield Buffer.from('two')
}

test.each<[string, Fault, object, number]>([
  [
    'another answer',
    { kind: 'respond', status: 503, headers: { 'retry-after': '2' }, body: 'busy' },
    { status: 503, text: 'busy' },
    0,
  ],
  [
    'a streamed response',
    { kind: 'respond', status: 200, body: twoChunks },
    { status: 200, text: 'one two' },
    0,
  ],
  ['a redirect', { kind: 'redirect', location: 'http://evil.example/' }, { status: 307, text: '' }, 0],
  ['half a document', { kind: 'truncate', bytes: 5 }, { status: 200, text: '{"nam' }, 1],
  [
    'a changed document',
    { kind: 'json', alter: () => ({ names: 7 }) },
    { status: 200, text: '{"names":7}' },
    1,
  ],
  [
    'bytes that are HTTP after all',
    { kind: 'raw', bytes: 'HTTP/1.1 299 Odd\r\ncontent-length: 2\r\n\r\nok' },
    { status: 299, text: 'ok' },
    0,
  ],
])('responds with %s', async (_name, fault, expected, handled) => {
  strike(fault)
  expect(await ask()).toMatchObject(expected)
  expect(handle).toHaveBeenCalledTimes(handled)
})

test('a function derives the fault from the request', async () => {
  server.faults.add({ match: /./, fault: ({ url }) => ({ kind: 'respond', status: 404, body: url }) })
  expect(await ask('/v2/x')).toMatchObject({ status: 404, text: '/v2/x' })
})

test('sets headers of the ordinary response, many of one name or big ones', async () => {
  strike({
    kind: 'headers',
    headers: { 'set-cookie': ['a=1', 'b=2'], etag: '"2"', 'x-big': 'x'.repeat(9000) },
  })
  const { headers, text } = await ask()
  expect(headers).toMatchObject({ 'set-cookie': ['a=1', 'b=2'], etag: '"2"' })
  expect(headers['x-big']).toHaveLength(9000)
  expect(text).toBe('{"names":["a","b"]}')
})

test.each<[string, Fault]>([
  ['a reset instead of a response', { kind: 'disconnect' }],
  ['a reset before the body', { kind: 'cut', bytes: 0, end: 'disconnect' }],
  ['a reset in the body', { kind: 'cut', bytes: 5, end: 'disconnect' }],
  ['bytes that are not HTTP', { kind: 'raw', bytes: 'SSH-2.0-what\r\n' }],
])('fails the request: %s', async (_name, fault) => {
  strike(fault)
  await expect(ask()).rejects.toThrow()
  await expect.poll(() => server.openRequests()).toBe(0)
})

test('a stalled body brings its part and stays open until the client leaves', async () => {
  strike({ kind: 'cut', bytes: 5, end: 'stall' })
  const { body, headers } = await request(server.origin)
  expect(headers['content-length']).toBe('19')
  const [first] = await body.take(1).toArray()
  expect(String(first)).toBe('{"nam')
  body.destroy()
  await expect.poll(() => server.openRequests()).toBe(0)
})

test.each<Fault>([{ kind: 'silence' }, { kind: 'delay', milliseconds: 60_000 }])(
  'no response ($kind), and a client that disconnects frees the server',
  async (fault) => {
    strike(fault)
    await expect(ask('/v2/', AbortSignal.timeout(100))).rejects.toThrow(/abort/i)
    await expect.poll(() => server.openRequests()).toBe(0)
    expect(handle).not.toHaveBeenCalled()
  },
)

test('a held request gets its usual response once the promise settles; others do not wait', async () => {
  let release = () => {}
  const until = new Promise<void>((resolve) => {
    release = resolve
  })
  server.faults.add({ match: /slow/, fault: { kind: 'hold', until } })
  const held = ask('/v2/slow')
  expect((await ask('/v2/')).status).toBe(200)
  release()
  expect((await held).status).toBe(200)
})

test('strikes only matching requests, `times` times, until removed or cleared', async () => {
  const { faults } = server
  faults.add({ match: /_catalog\?/g, times: 2, fault: { kind: 'respond', status: 500 } })
  const remove = faults.add({
    match: ({ method, headers }) => method === 'GET' && headers['x-who'] === undefined,
    fault: { kind: 'headers', headers: { 'x-struck': 'yes' } },
  })
  const statuses = []
  for (const path of ['/v2/_catalog?n=1', '/v2/', '/v2/_catalog?n=1', '/v2/_catalog?n=1'])
    statuses.push((await ask(path)).status)
  expect(statuses).toEqual([500, 200, 500, 200])
  expect((await ask()).headers['x-struck']).toBe('yes')
  remove()
  expect((await ask()).headers['x-struck']).toBeUndefined()
  strike({ kind: 'disconnect' })
  faults.clear()
  expect((await ask()).status).toBe(200)
})

test('several faults of one request act together', async () => {
  strike({ kind: 'json', alter: (value) => ({ ...(value as object), more: true }) })
  strike({ kind: 'headers', headers: { link: '<http://evil.example/>; rel="next"' } })
  const { headers, text } = await ask()
  expect(headers.link).toContain('evil')
  expect(JSON.parse(text)).toEqual({ names: ['a', 'b'], more: true })
})
