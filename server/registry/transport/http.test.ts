import { once } from 'node:events'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'
import { afterEach, expect, test } from 'vitest'
import type { StopSignal } from '../../concurrency/limiter.ts'
import { readBytes } from './body.ts'
import { exchange } from './http.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A server, one connection to it, and its requests. */
async function start(answer: (response: ServerResponse, path: string) => void) {
  const asked: string[] = []
  let open = 0
  const listener: RequestListener = ({ url = '' }, response) => {
    asked.push(url)
    open++
    response.on('close', () => open--)
    answer(response, url)
  }
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const pool = new Pool(origin, { connections: 1 })
  closers.push(
    () => server.closeAllConnections(),
    () => server.close(),
    () => pool.destroy(),
  )
  return {
    asked,
    open: () => open,
    head: (path: string) => exchange(pool, { origin, path, method: 'HEAD', reset: false }, undefined),
    get: (path: string, signal?: StopSignal) => exchange(pool, { origin, path, method: 'GET' }, signal),
  }
}

test('a small body arrives whole, a long one as a stream', async () => {
  const { get } = await start((response, path) => {
    const body = 'x'.repeat(path === '/small' ? 500 : 100_000)
    response.writeHead(200, { 'content-length': body.length }).end(body)
  })
  expect((await get('/small')).body).toEqual(Buffer.from('x'.repeat(500)))
  const { body } = await get('/long')
  expect(body).not.toBeInstanceOf(Buffer)
  expect(await readBytes(body, 200_000, 1000)).toHaveLength(100_000)
})

test.each([204, 304])('a %i has no body, whatever its Content-Length', async (status) => {
  const { get } = await start((response) => response.writeHead(status, { 'content-length': 500 }).end())
  for (let times = 0; times < 3; times++) {
    const { statusCode, body } = await get('/')
    expect([statusCode, body]).toEqual([status, Buffer.alloc(0)])
  }
})

test.each([0, 500, 100_000_000])('a HEAD has no body, with a length of %i', async (length) => {
  const { head } = await start((response) => response.writeHead(200, { 'content-length': length }).end())
  expect((await head('/')).body).toEqual(Buffer.alloc(0))
})

test('a small body that drips is passed on as it arrives', async () => {
  let letGo = () => {}
  const passedOn = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const { get } = await start(async (response) => {
    response.writeHead(200, { 'content-length': 6 }).write('abc')
    await passedOn
    response.end('def')
  })
  const { body } = await get('/')
  letGo()
  expect(body).not.toBeInstanceOf(Buffer)
  expect(String(await readBytes(body, 100, 1000))).toBe('abcdef')
})

test('an aborted request rejects with the reason: before it is sent, while it waits, while its body arrives', async () => {
  const { get, asked, open } = await start((response, path) => {
    if (path === '/body') response.writeHead(200, { 'content-length': 100_000 }).write('x')
  })
  const left = new Error('left')
  await expect(get('/never', AbortSignal.abort(left))).rejects.toBe(left)

  const [first, second] = [new AbortController(), new AbortController()]
  const [running, waiting] = [get('/silent', first.signal), get('/waiting', second.signal)]
  await expect.poll(open).toBe(1)
  second.abort(left)
  await expect(waiting).rejects.toBe(left)
  first.abort(left)
  await expect(running).rejects.toBe(left)
  await expect.poll(open).toBe(0)

  const third = new AbortController()
  const { body } = await get('/body', third.signal)
  third.abort(left)
  await expect(readBytes(body, 200_000, 1000)).rejects.toBe(left)
  await expect.poll(open).toBe(0)
  // the one that waited for the connection was never sent
  expect(asked).toEqual(['/silent', '/body'])
})

test('a finished exchange leaves no listener on its signal', async () => {
  const { get } = await start((response) => response.writeHead(200, { 'content-length': 2 }).end('ok'))
  const listeners = new Set<() => void>()
  const signal: StopSignal = {
    aborted: false,
    reason: undefined,
    addEventListener: (_type, listener) => listeners.add(listener),
    removeEventListener: (_type, listener) => listeners.delete(listener),
  }
  const answer = get('/', signal)
  expect(listeners.size).toBe(1)
  await answer
  expect(listeners.size).toBe(0)
})
