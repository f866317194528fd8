// The rest of row 32 of the fault matrix: a process that receives SIGTERM finishes the requests in flight.

import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type GantryProcess, isListening, startGantry } from '../testing/gantry-process.ts'
import { closeAfterTest, world } from '../testing/world.ts'

const PIECE = Buffer.alloc(8 * 1024, 'x')
const PIECES = 20

/** Gantry and a registry whose blobs take two seconds to download. */
async function downloading() {
  const made = await world({ auth: 'none' })
  const headers = { 'content-type': 'application/octet-stream', 'content-length': PIECE.length * PIECES }
  async function* body() {
    for (let n = 0; n < PIECES; n++) {
      yield PIECE
      await sleep(100)
    }
  }
  made.registry.faults.add({ match: /blobs/, fault: { kind: 'respond', status: 200, headers, body } })
  const gantry = await startGantry(made.registry.origin, { REGISTRY_AUTH_TYPE: 'none' })
  return { ...made, gantry, path: `/v2/payments/api/blobs/${made.digests.config}` }
}

/** Sends a request on a keep-alive connection. */
async function get({ port }: GantryProcess, path: string, more: object = {}) {
  const agent = new Agent({ keepAlive: true })
  closeAfterTest(() => agent.destroy())
  const request = httpRequest({ host: '127.0.0.1', port, path, agent, ...more })
  request.end('body' in more ? String(more.body) : undefined)
  const [response] = await once(request, 'response')
  return response
}

async function refusesConnections({ port }: GantryProcess): Promise<void> {
  await expect.poll(() => isListening(port), { interval: 20 }).toBe(false)
}

test('row 32: SIGTERM during a blob: new connections refused, the blob complete, idle connections closed, exit 0', async () => {
  const { gantry, path } = await downloading()
  const idle = await get(gantry, '/livez')
  idle.resume()
  const idleClosed = once(idle.socket, 'close')
  const response = await get(gantry, path)
  gantry.child.kill('SIGTERM')
  await refusesConnections(gantry)
  // otherwise it would stay open for longer than the test’s time-out
  await idleClosed
  expect(response.complete).toBe(false)
  expect((await text(response)).length).toBe(PIECE.length * PIECES)
  expect(await gantry.ended).toBe(0)
})

test('row 32: SIGTERM during a list of tags: every row is sent', async () => {
  const { gantry, registry } = await downloading()
  registry.faults.clear()
  registry.faults.add({ match: /manifests/, fault: { kind: 'delay', milliseconds: 800 } })
  const response = await get(gantry, '/api/repositories/payments/api/summaries', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"tags":["1.0","none"]}',
  })
  gantry.child.kill('SIGTERM')
  await refusesConnections(gantry)
  const rows = (await text(response))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(rows.map(({ tag, error }) => [tag, error?.code]).sort()).toEqual([
    ['1.0', undefined],
    ['none', 'MANIFEST_UNKNOWN'],
  ])
  expect(await gantry.ended).toBe(0)
})

test('row 32: SIGTERM during deletions: the step in flight finishes, and no other starts', async () => {
  const made = await world({ auth: 'none', registry: { deleteEnabled: true, tagDeletion: 'single' } })
  const gantry = await startGantry(made.registry.origin, {
    REGISTRY_AUTH_TYPE: 'none',
    REGISTRY_ALLOW_DELETE: 'true',
  })
  let release = () => {}
  const until = new Promise<void>((resolve) => {
    release = resolve
  })
  const isDelete = ({ method, url }: { method: string; url: string }) =>
    method === 'DELETE' && url.endsWith('/1.0')
  made.registry.faults.add({ match: isDelete, fault: { kind: 'hold', until } })
  const response = await get(gantry, '/api/repositories/payments/api/deletions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ steps: ['1.0', '1.1'].map((tag) => ({ digest: made.digests.manifest, tag })) }),
  })
  await expect.poll(() => made.registry.requests.some(isDelete)).toBe(true)
  gantry.child.kill('SIGTERM')
  await refusesConnections(gantry)
  release()
  const lines = (await text(response)).trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { step: 0, result: 'deleted' },
    { end: 'stopped', error: { detail: { reason: 'stopping' } } },
  ])
  expect(made.registry.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(1)
  expect(await gantry.ended).toBe(0)
})

test('row 32: a request on a connection that was busy: /readyz is 503, and the connection closes', async () => {
  const { gantry, path } = await downloading()
  const socket = connect(gantry.port, '127.0.0.1')
  closeAfterTest(() => socket.destroy())
  socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
  await once(socket, 'data')
  gantry.child.kill('SIGTERM')
  await refusesConnections(gantry)
  socket.write('GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n')
  const received = await text(socket)
  const probe = received.slice(received.lastIndexOf('HTTP/1.1 '))
  expect(probe).toMatch(/^HTTP\/1\.1 503 .*\r\nconnection: close\r\n.*"status":"stopping"/is)
  expect(await gantry.ended).toBe(0)
})

test('row 32: a second SIGTERM ends the process at once', async () => {
  const { gantry, path } = await downloading()
  const response = await get(gantry, path)
  const broken = once(response, 'error')
  response.resume()
  gantry.child.kill('SIGTERM')
  await refusesConnections(gantry)
  // a signal within half a second counts as the same one (stop.ts)
  await sleep(700)
  gantry.child.kill('SIGTERM')
  expect(await gantry.ended).toBe(143)
  await broken
})
