// How soon Gantry gives up what has failed or is no longer wanted, and what others notice of it. That it does, and what
// it answers, is what server/faults/ tries.

import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type HostileRegistry, startHostileRegistry } from './hostile-registry.ts'
import { median, timed } from './measure.ts'
import { inPlace, type Place, type Server } from './place.ts'
import type { Bench, Row } from './report.ts'

const ROUNDS = 5
const TIMEOUT_SECONDS = 2
const CHUNK = Buffer.alloc(64 * 1024, 'x')
const DIGEST = `sha256:${'0'.repeat(64)}`
const PATHS = {
  tags: '/v2/team/app/tags/list',
  slow: '/v2/slow/app/tags/list',
  blob: `/v2/team/app/blobs/${DIGEST}`,
  summaries: '/api/repositories/team/app/summaries',
}

const p99 = (times: readonly number[]) =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN

async function repeated(rounds: number, measure: () => Promise<number>): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) times.push(await measure())
  return median(times)
}

/** Milliseconds until a response has come; rejects if it has another status. */
const until = ({ origin }: Server, path: string, status: number) =>
  timed(async () => {
    const response = await fetch(origin + path)
    await response.arrayBuffer().catch(() => undefined)
    if (response.status !== status) throw new Error(`${path}: ${response.status}`)
  })

/** One request after another on a connection of its own, as a person's page makes them. */
async function visitor(server: Server, count: number): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < count; n++)
    times.push(
      await timed(async () => {
        const sent = request(server.origin + PATHS.tags, { agent: false }).end()
        const [response] = await once(sent, 'response')
        if (response.statusCode !== 200) throw new Error(`a visitor gets ${response.statusCode}`)
        await once(response.resume(), 'end')
      }),
    )
  return p99(times)
}

const answerTags: HostileRegistry['respond'] = ({ url }, response) => {
  if (url === PATHS.tags)
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"name":"team/app","tags":["1.0"]}')
}

/** Milliseconds until the registry has no open request left. */
const untilNothingIsOpen = (registry: HostileRegistry) =>
  timed(async () => {
    while (registry.open() > 0) await sleep(1)
  })

async function opened(registry: HostileRegistry, count: number): Promise<void> {
  while (registry.open() < count) await sleep(1)
}

/** @param atMost  milliseconds, on a machine that may be busy with other things. */
const row = (what: string, value: number, atMost: number): Row => ({
  what,
  unit: 'ms',
  value,
  goal: { of: 'value', atMost },
})

async function failures(place: Place): Promise<Row[]> {
  const away = await place.gantry('http://127.0.0.1:9')
  const registry = await startHostileRegistry(place)
  const gantry = await place.gantry(registry.origin, {
    REGISTRY_AUTH_TYPE: 'none',
    REGISTRY_TIMEOUT: String(TIMEOUT_SECONDS),
  })
  await until(away, PATHS.tags, 502)
  const rows = [
    row('registry away, until 502', await repeated(ROUNDS, () => until(away, PATHS.tags, 502)), 100),
  ]
  registry.respond = () => {}
  const bound = TIMEOUT_SECONDS * 1000 + 1000
  const silent = await repeated(ROUNDS, () => until(gantry, PATHS.tags, 504))
  rows.push(row(`silent registry, until 504 (REGISTRY_TIMEOUT=${TIMEOUT_SECONDS})`, silent, bound))
  registry.respond = (_request, response) =>
    response.writeHead(200, { 'content-length': 1024 * 1024 }).write(CHUNK.subarray(0, 1024))
  const stalled = await repeated(ROUNDS, () => until(gantry, PATHS.blob, 200))
  return [...rows, row('a blob that stalls after 1 kB, until it is broken off', stalled, bound)]
}

/** What a visitor notices while 60 requests wait for another repository, and while 500 sockets drip. */
async function neighbours(place: Place): Promise<Row[]> {
  const registry = await startHostileRegistry(place)
  registry.respond = answerTags
  const gantry = await place.gantry(registry.origin, { REGISTRY_AUTH_TYPE: 'none', REGISTRY_TIMEOUT: '60' })
  await visitor(gantry, 200)
  const baseline = { of: 'with nobody there', value: await visitor(gantry, 200) }
  const waiting = Array.from({ length: 60 }, () =>
    request(gantry.origin + PATHS.slow, { agent: false })
      .on('error', () => {})
      .end(),
  )
  await opened(registry, waiting.length)
  const besideSlow = await visitor(gantry, 200)
  for (const one of waiting) one.destroy()
  await untilNothingIsOpen(registry)
  const what = '99th percentile of a visitor'
  return [
    {
      ...row(`${what} while 60 requests wait for another repository`, besideSlow, 300),
      baseline,
    },
    ...(await dripping(gantry, (value) => ({
      ...row(`${what} while 500 sockets drip`, value, 200),
      baseline,
    }))),
  ]
}

async function dripping(gantry: Server, toRow: (value: number) => Row): Promise<Row[]> {
  const { hostname, port } = new URL(gantry.origin)
  const began = performance.now()
  const beginnings = [
    'GET /v2/ HTTP/1.1\r\nhost: localhost\r\nx-drip: ',
    'POST /api/session HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{',
  ]
  const ends = Array.from({ length: 500 }, (_, n) => {
    const socket = connect(Number(port), hostname, () => socket.write(beginnings[n % 2] ?? ''))
    const timer = setInterval(() => socket.write(' '), 500)
    return new Promise<number>((resolve) =>
      socket
        .on('error', () => {})
        .resume()
        .once('close', () => {
          clearInterval(timer)
          resolve(performance.now() - began)
        }),
    )
  })
  await sleep(500)
  const during = await visitor(gantry, 150)
  return [
    toRow(during),
    row('500 dripping sockets, until the last is closed', Math.max(...(await Promise.all(ends))), 7000),
  ]
}

/** How long the registry still works for clients that have left. */
async function leaving(place: Place): Promise<Row[]> {
  const registry = await startHostileRegistry(place)
  const gantry = await place.gantry(registry.origin, { REGISTRY_AUTH_TYPE: 'none', REGISTRY_TIMEOUT: '60' })
  async function measure(expected: number, clients: () => { destroy(): unknown }[]): Promise<number> {
    const begun = clients()
    await opened(registry, expected)
    for (const client of begun) client.destroy()
    return untilNothingIsOpen(registry)
  }
  const get = (path: string) =>
    request(gantry.origin + path, { agent: false })
      .on('error', () => {})
      .end()
  registry.respond = () => {}
  const headers = await repeated(ROUNDS, () =>
    measure(128, () => Array.from({ length: 200 }, () => get(PATHS.tags))),
  )
  const body = JSON.stringify({ tags: Array.from({ length: 200 }, (_, n) => `v${n}`) })
  const post = () => {
    const options = { method: 'POST', agent: false, headers: { 'content-type': 'application/json' } }
    const sent = request(gantry.origin + PATHS.summaries, options).on('error', () => {})
    sent.end(body)
    return sent
  }
  const summaries = await repeated(ROUNDS, () => measure(16, () => [post()]))
  registry.respond = (_request, response) => {
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-length': 200 * 1024 * 1024,
    })
    const write = () => {
      while (!response.destroyed && response.write(CHUNK));
    }
    response.on('drain', write)
    write()
  }
  const blob = await repeated(ROUNDS, async () => {
    const { hostname, port } = new URL(gantry.origin)
    const socket: Socket = connect(Number(port), hostname).on('error', () => {})
    socket.write(`GET ${PATHS.blob} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
    let received = 0
    for await (const chunk of socket) {
      received += chunk.length
      if (received > 5_000_000) break
    }
    socket.destroy()
    return untilNothingIsOpen(registry)
  })
  return [
    row('200 clients leave before the headers, until no request is open at the registry', headers, 1000),
    row('a client leaves 200 summaries, until no request is open', summaries, 100),
    row('a client leaves a blob, until no request is open', blob, 100),
  ]
}

export const faults: Bench = {
  name: 'faults',
  needs: [],
  run: () =>
    inPlace(async (place) => [
      ...(await failures(place)),
      ...(await neighbours(place)),
      ...(await leaving(place)),
    ]),
}
