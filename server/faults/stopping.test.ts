// The rest of row 32 of the fault matrix: a process that is asked to stop finishes what it has begun.

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

/** Gantry before a registry whose blobs take two seconds, and such a download begun. */
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

/** Asks on a connection that the client would keep. */
async function get({ port }: GantryProcess, path: string, more: object = {}) {
  const agent = new Agent({ keepAlive: true })
  closeAfterTest(() => agent.destroy())
  const request = httpRequest({ host: '127.0.0.1', port, path, agent, ...more })
  request.end('body' in more ? String(more.body) : undefined)
  const [answer] = await once(request, 'response')
  return answer
}

async function refusesConnections({ port }: GantryProcess): Promise<void> {
  await expect.poll(() => isListening(port), { interval: 20 }).toBe(false)
}

test('row 32: SIGTERM during a blob: new connections refused, the blob whole, idle ones closed, exit 0', async () => {
  const { gantry, path } = await downloading()
  const idle = await get(gantry, '/livez')
  idle.resume()
  const idleClosed = once(idle.socket, 'close')
  const answer = await get(gantry, path)
  gantry.child.kill('SIGTERM')
  await refusesConnections(gantry)
  // a kept connection would have been left open for longer than a test may take
  await idleClosed
  expect(answer.complete).toBe(false)
  expect((await text(answer)).length).toBe(PIECE.length * PIECES)
  expect(await gantry.ended).toBe(0)
})

test('row 32: SIGTERM during a list of tags: every row comes', async () => {
  const { gantry, registry } = await downloading()
  registry.faults.clear()
  registry.faults.add({ match: /manifests/, fault: { kind: 'delay', milliseconds: 800 } })
  const answer = await get(gantry, '/api/repositories/payments/api/summaries', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"tags":["1.0","none"]}',
  })
  gantry.child.kill('SIGTERM')
  await refusesConnections(gantry)
  const rows = (await text(answer))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(rows.map(({ tag, error }) => [tag, error?.code]).sort()).toEqual([
    ['1.0', undefined],
    ['none', 'MANIFEST_UNKNOWN'],
  ])
  expect(await gantry.ended).toBe(0)
})

test('row 32: SIGTERM during deletions: the step in progress is finished, and no other begins', async () => {
  const made = await world({ auth: 'none', registry: { deleteEnabled: true, tagDeletion: 'single' } })
  const gantry = await startGantry(made.registry.origin, {
    REGISTRY_AUTH_TYPE: 'none',
    REGISTRY_ALLOW_DELETE: 'true',
  })
  let letGo = () => {}
  const until = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const isDelete = ({ method, url }: { method: string; url: string }) =>
    method === 'DELETE' && url.endsWith('/1.0')
  made.registry.faults.add({ match: isDelete, fault: { kind: 'hold', until } })
  const answer = await get(gantry, '/api/repositories/payments/api/deletions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ steps: ['1.0', '1.1'].map((tag) => ({ digest: made.digests.manifest, tag })) }),
  })
  await expect.poll(() => made.registry.requests.some(isDelete)).toBe(true)
  gantry.child.kill('SIGTERM')
  await refusesConnections(gantry)
  letGo()
  const lines = (await text(answer)).trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { step: 0, result: 'deleted' },
    { end: 'stopped', error: { detail: { reason: 'stopping' } } },
  ])
  expect(made.registry.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(1)
  expect(await gantry.ended).toBe(0)
})

test('row 32: who still asks on a connection that was busy: /readyz is 503, and the connection closed', async () => {
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

test('row 32: a second SIGTERM ends it at once', async () => {
  const { gantry, path } = await downloading()
  const answer = await get(gantry, path)
  const broken = once(answer, 'error')
  answer.resume()
  gantry.child.kill('SIGTERM')
  await refusesConnections(gantry)
  // what follows within half a second is the same wish (stop.ts)
  await sleep(700)
  gantry.child.kill('SIGTERM')
  expect(await gantry.ended).toBe(143)
  await broken
})
