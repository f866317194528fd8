// A rolling update: a replica of an older commit and one of this commit share a Redis, in front of one registry.

import { execFileSync, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashOfBasePath } from '../sessions/cookie.ts'
import { ROOT } from '../testing/build-server.ts'
import { startGantry } from '../testing/gantry-process.ts'
import { createHands, hasRedis, NEEDS_REDIS, TEST_REDIS } from '../testing/redis.ts'
import { world } from '../testing/world.ts'

/**
 * The last commit before the server was reshaped. Move it on when a change is meant to break with it, and say so in
 * CHANGELOG.md: from then on an update needs all replicas to stop.
 */
const OLD_COMMIT = '20d2633b526669aacee0fa7f5fe30d315392618d'

/** Why it cannot run here; undefined if it can. */
async function missing(): Promise<string | undefined> {
  const { status } = spawnSync('git', ['cat-file', '-e', `${OLD_COMMIT}^{commit}`], { cwd: ROOT })
  if (status !== 0) return `needs git and the history to ${OLD_COMMIT.slice(0, 7)}`
  return (await hasRedis()) ? undefined : NEEDS_REDIS
}

const why = await missing()
const suffix = why === undefined ? '' : ` (${why})`
const onBoth = why === undefined ? test : test.skip
const hands = why === undefined ? createHands() : undefined
const prefixes: string[] = []
let folder: string | undefined

/** Builds the older server beside the source tree, with today's dependencies. */
function buildOld(into: string): string {
  const archive = execFileSync(
    'git',
    ['archive', OLD_COMMIT, 'server', 'shared', 'tsconfig.base.json', 'package.json'],
    {
      cwd: ROOT,
      maxBuffer: 64 * 1024 * 1024,
    },
  )
  execFileSync('tar', ['-x', '-C', into], { input: archive })
  symlinkSync(join(ROOT, 'node_modules'), join(into, 'node_modules'))
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
  // errors of types do not matter: the dependencies are newer than it
  const { stdout } = spawnSync(process.execPath, [compiler, '-b', 'server'], { cwd: into, encoding: 'utf8' })
  const main = join(into, 'dist/server/main.js')
  if (!existsSync(main)) throw new Error(`the older server cannot be built: ${stdout}`)
  return main
}

let oldMain = ''
beforeAll(() => {
  if (why !== undefined) return
  folder = mkdtempSync(join(tmpdir(), 'gantry-old-'))
  oldMain = buildOld(folder)
}, 120_000)
afterAll(async () => {
  await hands?.close(...prefixes)
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
})

interface Reply {
  readonly status: number
  readonly body: string
  readonly cookie: string | undefined
  /** Path of the next page, without the base path. */
  readonly next: string | undefined
}
type Ask = (path: string, options?: { method?: string; cookie?: string; body?: unknown }) => Promise<Reply>

/** Both replicas, as functions that send a request. */
async function bothReplicas(auth: 'token' | 'open' = 'token') {
  const made = await world({ auth })
  const basePath = `/t-${randomUUID()}`
  prefixes.push(`gantry:${hashOfBasePath(basePath)}:`)
  const env = {
    BASE_PATH: basePath,
    SESSION_STORE: `redis://${TEST_REDIS.host}:${TEST_REDIS.port}`,
    SESSION_SECRET: 'one secret for both of the replicas',
    REGISTRY_ALLOW_DELETE: 'true',
  }
  const start = async (main?: string): Promise<Ask> => {
    const { port } = await startGantry(made.registry.origin, env, main)
    return async (path, { method = 'GET', cookie, body } = {}) => {
      const response = await fetch(`http://127.0.0.1:${port}${basePath}${path}`, {
        method,
        headers: {
          ...(cookie !== undefined && { cookie }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      const [set] = response.headers.getSetCookie()
      const next = /^<([^>]*)>/.exec(response.headers.get('link') ?? '')?.[1]?.slice(basePath.length)
      return { status: response.status, body: await response.text(), cookie: set?.split(';')[0], next }
    }
  }
  const [older, newer] = await Promise.all([start(oldMain), start()])
  return { ...made, replicas: [older, newer] as const }
}

const TAGS = '/v2/payments/api/tags/list'
const credentials = (username = 'mira', password = `${username}-secret`) => ({ username, password })
const logIn = (ask: Ask, body: object = credentials()) => ask('/api/session', { method: 'POST', body })
const reasonIn = ({ body }: Reply) => JSON.parse(body).errors?.[0]?.detail?.reason

/** Old to new, and new to old. */
const ways = [
  ['from the older to the newer', 0, 1],
  ['from the newer to the older', 1, 0],
] as const

for (const [way, from, to] of ways) {
  onBoth(`a login, what it may read, and its logout hold ${way}${suffix}`, async () => {
    const { replicas } = await bothReplicas()
    const { status, cookie = '' } = await logIn(replicas[from])
    expect(status).toBe(200)
    expect(JSON.parse((await replicas[to]('/api/session', { cookie })).body)).toMatchObject({ user: 'mira' })
    expect((await replicas[to](TAGS, { cookie })).status).toBe(200)
    expect((await replicas[from]('/api/session', { method: 'DELETE', cookie })).status).toBeLessThan(300)
    const after = await replicas[to](TAGS, { cookie })
    expect([after.status, reasonIn(after)]).toEqual([401, 'session_ended'])
  })

  onBoth(`refused logins count together, ${way}${suffix}`, async () => {
    const { replicas } = await bothReplicas()
    const wrong = credentials('mira', 'wrong')
    let refused = 0
    for (let reply = await logIn(replicas[from], wrong); reply.status === 401; refused++)
      reply = await logIn(replicas[from], wrong)
    expect(refused).toBeGreaterThan(3)
    const limited = await logIn(replicas[to], wrong)
    expect([limited.status, reasonIn(limited)]).toEqual([429, 'login_limit'])
  })

  onBoth(`a next page named by one is 200 or a plain 4xx at the other, ${way}${suffix}`, async () => {
    const { replicas } = await bothReplicas()
    const { cookie = '' } = await logIn(replicas[from], credentials('admin'))
    const { status, next } = await replicas[from]('/v2/_catalog?n=2', { cookie })
    expect([status, typeof next]).toEqual([200, 'string'])
    for (const path of [`${next}`, '/v2/_catalog?next=not-mine'])
      expect((await replicas[to](path, { cookie })).status).toBeLessThan(500)
  })
}

/** The keys of a value, at any depth; what varies from run to run is left out. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf)
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, shapeOf(inner)]),
  )
}
const linesOf = ({ body }: Reply) =>
  body
    .trimEnd()
    .split('\n')
    .map((line) => shapeOf(JSON.parse(line)))

onBoth(`both respond in the same shapes${suffix}`, async () => {
  const { replicas } = await bothReplicas()
  const { cookie = '' } = await logIn(replicas[0], credentials('admin'))
  for (const path of ['/api/config', '/api/session', TAGS, '/v2/_catalog']) {
    const [older, newer] = await Promise.all(replicas.map((ask) => ask(path, { cookie })))
    expect([path, shapeOf(JSON.parse(newer?.body ?? ''))]).toEqual([
      path,
      shapeOf(JSON.parse(older?.body ?? '')),
    ])
  }
  for (const action of ['summaries', 'deletion-plan']) {
    const options = { method: 'POST', cookie, body: { tags: ['1.0', 'latest'] } }
    const url = `/api/repositories/payments/api/${action}`
    const [older, newer] = await Promise.all(replicas.map((ask) => ask(url, options)))
    expect([action, newer && linesOf(newer).at(-1)]).toEqual([action, older && linesOf(older).at(-1)])
  }
})

onBoth(`both refuse with the same status, code and, where the older has one, reason${suffix}`, async () => {
  const { replicas, registry } = await bothReplicas()
  const { cookie = '' } = await logIn(replicas[1])
  const requests: (() => Promise<readonly Reply[]>)[] = [
    () => Promise.all(replicas.map((ask) => ask(TAGS))),
    () => Promise.all(replicas.map((ask) => logIn(ask, credentials('mira', 'wrong')))),
    () => Promise.all(replicas.map((ask) => ask('/v2/payments/api/manifests/none', { cookie }))),
    () => Promise.all(replicas.map((ask) => ask('/v2/secret/vault/tags/list', { cookie }))),
    () => Promise.all(replicas.map((ask) => ask('/v2/payments/api/blobs/short', { cookie }))),
    () =>
      Promise.all(replicas.map((ask) => ask('/v2/payments/api/manifests/1.0', { method: 'PUT', cookie }))),
    async () => {
      registry.faults.add({ match: /./, fault: { kind: 'disconnect' } })
      return Promise.all(replicas.map((ask) => ask(TAGS, { cookie })))
    },
  ]
  for (const request of requests) {
    const [older, newer] = (await request()).map((reply) => ({
      status: reply.status,
      code: JSON.parse(reply.body).errors[0].code,
      reason: reasonIn(reply),
    }))
    expect(newer).toEqual({ ...older, reason: older?.reason ?? newer?.reason })
  }
})

onBoth(`every metric of the older is one of the newer${suffix}`, async () => {
  const { replicas } = await bothReplicas()
  const names = async (ask: Ask) =>
    (await ask('/metrics')).body.match(/(?<=^# TYPE )\S+/gm)?.filter((name) => name.startsWith('gantry_')) ??
    []
  const [older = [], newer = []] = await Promise.all(replicas.map(names))
  expect(older.length).toBeGreaterThan(5)
  expect(newer).toEqual(expect.arrayContaining(older))
})

onBoth(`a session that one replica has verified is verified at the other${suffix}`, async () => {
  for (const [, from, to] of ways) {
    const { replicas } = await bothReplicas('open')
    const { cookie = '' } = await logIn(replicas[from], credentials('admin'))
    const session = async () => JSON.parse((await replicas[to]('/api/session', { cookie })).body)
    expect(await session()).toEqual({ user: 'admin', verified: false })
    expect((await replicas[from](TAGS, { cookie })).status).toBe(200)
    expect(await session()).toEqual({ user: 'admin', verified: true })
  }
})
