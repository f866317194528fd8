import { readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterEach, expect, test } from 'vitest'
import { ACCEPT_MANIFESTS } from '../../shared/oci/media-types.ts'
import { startWorld, type World, type WorldOptions } from '../testing/world.ts'
import { Metrics } from './metrics.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})
async function world(options: WorldOptions = {}): Promise<World> {
  const made = await startWorld(options)
  closers.push(made.close)
  return made
}

const scrape = (app: FastifyInstance, headers = {}) => app.inject({ url: '/metrics', headers })
/** The value of one sample, written as Prometheus does: `name{label="value"}`. */
async function sample(app: FastifyInstance, name: string): Promise<number | undefined> {
  const line = (await scrape(app)).body.split('\n').find((text) => text.startsWith(`${name} `))
  return line === undefined ? undefined : Number(line.slice(name.length + 1))
}
const responses = (method: string, route: string, status: string) =>
  `gantry_http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`
const exchanges = (kind: string, outcome: string) =>
  `gantry_upstream_request_duration_seconds_count{kind="${kind}",outcome="${outcome}"}`
const lookups = (result: string) => `gantry_token_cache_lookups_total{result="${result}"}`

test('requests are counted by route, exchanges by kind, token lookups by result', async () => {
  const { app, login, digests } = await world()
  const cookie = await login()
  const get = (url: string) => app.inject({ url, headers: { cookie, accept: ACCEPT_MANIFESTS } })
  for (const url of ['tags/list', 'manifests/1.0', 'manifests/1.0', `blobs/${digests.config}`])
    expect((await get(`/v2/payments/api/${url}`)).statusCode).toBe(200)
  expect((await get('/v2/secret/store/tags/list')).statusCode).toBe(403)
  const payload = { tags: ['1.0', 'latest'] }
  await app.inject({
    method: 'POST',
    url: '/api/repositories/payments/api/summaries',
    payload,
    headers: { cookie },
  })
  for (const [name, count] of [
    [responses('GET', '/v2/<name>/tags/list', '2xx'), 1],
    [responses('GET', '/v2/<name>/tags/list', '4xx'), 1],
    [responses('GET', '/v2/<name>/manifests/<reference>', '2xx'), 2],
    [responses('GET', '/v2/<name>/blobs/<digest>', '2xx'), 1],
    [responses('POST', '/api/session', '2xx'), 1],
    [responses('POST', '/api/repositories/<name>/summaries', '2xx'), 1],
    [exchanges('tags', '2xx'), 1],
    [exchanges('token', '2xx'), 3],
    [lookups('miss'), 2],
    ['gantry_token_fetches_in_flight', 0],
    ['gantry_sessions', 1],
    ['gantry_summary_streams', 0],
  ] as const)
    expect([name, await sample(app, name)]).toEqual([name, count])
  expect(await sample(app, lookups('hit'))).toBeGreaterThan(3)
})

test('many requests that wait for one token share its fetch', async () => {
  const { app, login, tokenServer } = await world()
  const cookie = await login()
  tokenServer.faults.add({ match: /./, fault: { kind: 'delay', milliseconds: 100 } })
  const waiting = Array.from({ length: 20 }, () =>
    app.inject({ url: '/v2/payments/api/tags/list', headers: { cookie } }),
  )
  await expect.poll(() => sample(app, 'gantry_token_fetches_in_flight')).toBe(1)
  await Promise.all(waiting)
  expect(await sample(app, lookups('miss'))).toBe(1)
  expect(await sample(app, lookups('shared'))).toBe(19)
})

test('failures are counted by reason, and the registry’s state is a gauge', async () => {
  const { app, registry } = await world({ auth: 'none', env: { REGISTRY_AUTH_TYPE: 'none' } })
  expect(await sample(app, 'gantry_registry_reachable')).toBeUndefined()
  await expect.poll(() => sample(app, 'gantry_registry_reachable')).toBe(1)
  expect(await sample(app, exchanges('greeting', '2xx'))).toBeGreaterThan(0)
  await registry.close()
  for (let n = 0; n < 3; n++) expect((await app.inject('/v2/_catalog')).statusCode).toBe(502)
  await app.inject({
    method: 'POST',
    url: '/api/repositories/a/summaries',
    payload: { tags: ['1', '2', '3'] },
  })
  expect(await sample(app, 'gantry_failures_total{reason="registry_down"}')).toBe(4)
  expect(await sample(app, exchanges('catalog', 'failed'))).toBe(3)
  expect(await sample(app, responses('GET', '/v2/_catalog', '5xx'))).toBe(3)
})

test('a browser that disconnects counts as cut, not as a failure of the registry', async () => {
  const { app, registry } = await world({ auth: 'none', env: { REGISTRY_AUTH_TYPE: 'none' } })
  await app.listen({ host: '127.0.0.1', port: 0 })
  registry.faults.add({ match: /_catalog/, fault: { kind: 'silence' } })
  const { port } = app.server.address() as AddressInfo
  const request = httpRequest({ host: '127.0.0.1', port, path: '/v2/_catalog' }).end()
  request.on('error', () => {})
  await expect.poll(() => registry.openRequests()).toBe(1)
  request.destroy()
  await expect.poll(() => sample(app, responses('GET', '/v2/_catalog', 'cut'))).toBe(1)
  expect(await sample(app, exchanges('catalog', 'left'))).toBe(1)
})

test('no label holds input: names, queries, invented paths and methods', async () => {
  const { app, login } = await world()
  const cookie = await login()
  const urls = [
    '/v2/payments/api/tags/list?n=7',
    '/v2/canary/../x',
    '/canary',
    '/api/canary',
    '/assets/canary.js',
  ]
  for (const url of urls) await app.inject({ url, headers: { cookie } })
  await app.inject({ method: 'OPTIONS', url: '/canary', headers: { cookie } })
  await app.inject({ method: 'PUT', url: '/v2/payments/api/manifests/canary', headers: { cookie } })
  await app.inject({
    method: 'POST',
    url: '/api/repositories/payments/api/canary',
    payload: {},
    headers: { cookie },
  })
  const { body } = await scrape(app)
  expect(body).toContain('route="*"')
  expect(body).not.toMatch(/canary|payments|mira|PUT|OPTIONS/)
})

test('the text is valid for Prometheus, includes process metrics, and is not cached', async () => {
  const { app } = await world({ env: { PUBLIC_URL: 'https://gantry.example' } })
  const response = await scrape(app, { host: 'gantry-0.internal' })
  expect(response.statusCode).toBe(200)
  expect(response.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(response.headers['cache-control']).toBe('no-store')
  for (const name of ['nodejs_heap_size_used_bytes', 'process_open_fds', 'gantry_info{version='])
    expect(response.body).toContain(`\n${name}`)
  // a second scrape registers nothing twice
  expect((await scrape(app)).statusCode).toBe(200)
})

test('the page’s own password, if set, protects it', async () => {
  const { app } = await world({ env: { UI_USERNAME: 'ops', UI_PASSWORD: 'ops-secret' } })
  expect((await scrape(app)).statusCode).toBe(401)
  const authorization = `Basic ${Buffer.from('ops:ops-secret').toString('base64')}`
  expect((await scrape(app, { authorization })).statusCode).toBe(200)
})

test('an unreachable store omits its own gauge only', async () => {
  const metrics = new Metrics('1')
  metrics.addGauges({
    sessions: () => Promise.reject(new Error('away')),
    summaryStreams: () => 2,
    registryState: () => 'unreachable',
  })
  const { text } = await metrics.render()
  expect(text).not.toMatch(/^gantry_sessions /m)
  expect(text).toMatch(/^gantry_summary_streams 2$/m)
  expect(text).toMatch(/^gantry_registry_reachable 0$/m)
})

test('docs/operations.md and the code name the same metrics', async () => {
  const { app } = await world()
  const documented = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const own = [...(await scrape(app)).body.matchAll(/^# TYPE (gantry_\w+)/gm)].map(([, name]) => name)
  const rows = [...documented.matchAll(/^\| `(gantry_\w+)/gm)].map(([, name]) => name)
  expect(rows.sort()).toEqual(own.sort())
})
