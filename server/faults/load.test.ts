// Rows of the fault matrix about clients that drip, leave or stop reading: none of them may cost another anything.

import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import type { World } from '../testing/world.ts'
import { closeAfterTest, get, world } from '../testing/world.ts'

const TAGS = '/v2/payments/api/tags/list'

async function listen({ app }: Pick<World, 'app'>): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

/** How many clients are connected. */
const connectionsOf = ({ server }: World['app']) =>
  promisify((done: (error: Error | null, count: number) => void) => server.getConnections(done))()

/**
 * Sends the beginning of a request, then one byte more every half second, until the other side has had enough.
 *
 * @returns all that came back.
 */
function drip(port: number, beginning: string, byte: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(beginning))
    const dripping = setInterval(() => socket.write(byte), 500)
    socket.on('data', (chunk) => (answer += chunk))
    socket.on('error', () => {})
    socket.on('close', () => {
      clearInterval(dripping)
      resolve(answer)
    })
    closeAfterTest(() => socket.destroy())
  })
}

const HEADER = 'GET /v2/ HTTP/1.1\r\nhost: localhost\r\nx-drip: '
const BODY =
  'POST /api/session HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{'

/** One request after another on a connection of their own, as a person's page makes them. */
async function normalUser(port: number, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const request = httpRequest({ host: '127.0.0.1', port, path: TAGS, agent: false }).end()
    const [answer] = await once(request, 'response')
    expect(answer.statusCode).toBe(200)
    await once(answer.resume(), 'end')
  }
}

test('row 45: 500 sockets drip headers and bodies: each gets 408, a normal user is answered meanwhile', async () => {
  const { app } = await world({ auth: 'none' })
  const port = await listen({ app })
  const dripping = Array.from({ length: 250 }, () => [drip(port, HEADER, 'x'), drip(port, BODY, ' ')]).flat()
  await expect.poll(() => connectionsOf(app), { interval: 10 }).toBe(500)
  await normalUser(port, 50)
  // before the first of them was given up
  expect(await connectionsOf(app)).toBeGreaterThanOrEqual(500)
  const answers = await Promise.all(dripping)
  expect(answers.filter((answer) => /^HTTP\/1\.1 408 .*"errors":\[/s.test(answer))).toHaveLength(500)
})

test('row 46: 200 clients leave before the headers: nothing stays in flight, and a healthy request is answered', async () => {
  const made = await world({ auth: 'none', env: { REGISTRY_TIMEOUT: '60' } })
  const port = await listen(made)
  await get(made.app, '/v2/_catalog')
  made.registry.faults.add({ match: /tags/, fault: { kind: 'silence' } })
  made.registry.requests.length = 0
  const leaving = Array.from({ length: 200 }, () => {
    const request = httpRequest({ host: '127.0.0.1', port, path: TAGS, agent: false })
    request.on('error', () => {})
    return request.end()
  })
  // all connections that one visitor may have are pinned (128 less the reserve), the rest waits for its turn
  await expect.poll(() => made.registry.openRequests(), { timeout: 15_000 }).toBe(112)
  for (const request of leaving) request.destroy()
  await expect.poll(() => made.registry.openRequests(), { timeout: 15_000 }).toBe(0)
  expect((await get(made.app, '/v2/_catalog')).statusCode).toBe(200)
  // of those that waited, a few may have had their turn before their client's leaving was seen
  expect(made.registry.requests.filter(({ url }) => url === TAGS).length).toBeLessThan(150)
})

const CHUNK = Buffer.alloc(64 * 1024, 'x')
const BLOB_BYTES = 200 * 1024 * 1024
/** What the buffers between registry and reader hold at most, those of the kernel included. */
const MOST_AHEAD = 16 * 1024 * 1024

/** A registry with one big blob, and how much of it has been asked for. */
async function bigBlob() {
  const made = await world({ auth: 'none' })
  const sent = { bytes: 0 }
  async function* body() {
    for (; sent.bytes < BLOB_BYTES; sent.bytes += CHUNK.length) yield CHUNK
  }
  const headers = { 'content-type': 'application/octet-stream', 'content-length': BLOB_BYTES }
  made.registry.faults.add({ match: /blobs/, fault: { kind: 'respond', status: 200, headers, body } })
  const path = `/v2/payments/api/blobs/${made.digests.config}`
  return { ...made, sent, path, port: await listen(made) }
}

/** Asks for a path and reads nothing until told to. */
async function ask(port: number, path: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  closeAfterTest(() => socket.destroy())
  await once(socket, 'connect')
  socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
  return socket
}

test('row 47: a client leaves in the middle of a blob: the upstream is closed, and little more was read', async () => {
  const { registry, sent, path, port } = await bigBlob()
  const socket = await ask(port, path)
  let received = 0
  await new Promise<void>((resolve) =>
    socket.on('data', (chunk) => {
      received += chunk.length
      if (received > 5_000_000) resolve()
    }),
  )
  expect(registry.openRequests()).toBe(1)
  socket.destroy()
  await expect.poll(() => registry.openRequests()).toBe(0)
  expect(sent.bytes - received).toBeLessThan(MOST_AHEAD)
})

test('row 47: a reader stops: the upstream has sent less than 16 MB, and goes on when the reader does', async () => {
  const { registry, sent, path, port } = await bigBlob()
  const socket = await ask(port, path)
  let before = -1
  while (sent.bytes !== before || sent.bytes === 0) {
    before = sent.bytes
    await sleep(300)
  }
  expect(sent.bytes).toBeLessThan(MOST_AHEAD)
  expect(registry.openRequests()).toBe(1)
  let received = 0
  await new Promise<void>((resolve) =>
    socket.on('data', (chunk) => {
      received += chunk.length
      if (received > BLOB_BYTES) resolve()
    }),
  )
  expect(sent.bytes).toBe(BLOB_BYTES)
})
