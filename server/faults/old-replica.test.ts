// A rolling update: a replica of an older commit and one of this commit share a Redis, in front of one registry.

import { execFileSync, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashOfBasePath } from '../sessions/cookie.ts'
import { MAX_REFUSED_OF_ACCOUNT } from '../sessions/login-limits.ts'
import { ROOT } from '../testing/build-server.ts'
import { type GantryProcess, startGantry } from '../testing/gantry-process.ts'
import { createHands, hasRedis, NEEDS_REDIS, TEST_REDIS } from '../testing/redis.ts'
import { type WorldOptions, world } from '../testing/world.ts'

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

/** Keeps what the process logs after its start; `stop` ends it and returns that. */
function recordLog({ child }: GantryProcess): { stop(): Promise<string> } {
  let log = ''
  child.stdout?.on('data', (chunk) => (log += chunk))
  const closed = new Promise((resolve) => child.once('close', resolve))
  return {
    async stop() {
      child.kill('SIGTERM')
      await closed
      return log
    },
  }
}

/** Both replicas, the older first: `replicas` send a request, `logs` stop one and return its log. */
async function bothReplicas(auth: WorldOptions['auth'] = 'token', logLevel = 'info') {
  const made = await world({ auth, registry: { deleteEnabled: true } })
  const basePath = `/t-${randomUUID()}`
  const prefix = `gantry:${hashOfBasePath(basePath)}:`
  prefixes.push(prefix)
  const env = {
    BASE_PATH: basePath,
    SESSION_STORE: `redis://${TEST_REDIS.host}:${TEST_REDIS.port}`,
    SESSION_SECRET: 'one secret for both of the replicas',
    REGISTRY_ALLOW_DELETE: 'true',
    LOG_LEVEL: logLevel,
  }
  const start = async (main?: string): Promise<{ ask: Ask; log: ReturnType<typeof recordLog> }> => {
    const gantry = await startGantry(made.registry.origin, env, main)
    const { port } = gantry
    const ask: Ask = async (path, { method = 'GET', cookie, body } = {}) => {
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
    return { ask, log: recordLog(gantry) }
  }
  const [older, newer] = await Promise.all([start(oldMain), start()])
  return { ...made, prefix, replicas: [older.ask, newer.ask] as const, logs: [older.log, newer.log] as const }
}

const TAGS = '/v2/payments/api/tags/list'
const SUMMARIES = '/api/repositories/payments/api/summaries'
const PLAN = '/api/repositories/payments/api/deletion-plan'
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
    for (let i = 0; i < MAX_REFUSED_OF_ACCOUNT; i++)
      expect((await logIn(replicas[i % 2 === 0 ? from : to], wrong)).status).toBe(401)
    const limited = await logIn(replicas[to], wrong)
    expect([limited.status, reasonIn(limited)]).toEqual([429, 'login_limit'])
  })

  onBoth(`rows that stream at one end with a logout at the other, ${way}${suffix}`, async () => {
    const { replicas, registry } = await bothReplicas()
    const { cookie = '' } = await logIn(replicas[from])
    registry.faults.add({ match: /manifests/, fault: { kind: 'silence' } })
    const rows = replicas[from](SUMMARIES, { method: 'POST', cookie, body: { tags: ['1.0'] } })
    await expect.poll(() => registry.requests.some(({ url }) => url.includes('manifests'))).toBe(true)
    await replicas[to]('/api/session', { method: 'DELETE', cookie })
    expect(JSON.parse((await rows).body).error.detail.reason).toBe('session_ended')
  })

  // the page of one replica asks the other once nginx or the update has moved it there
  onBoth(`a deletion planned at one is checked and carried out at the other, ${way}${suffix}`, async () => {
    const { replicas, store } = await bothReplicas()
    const { cookie = '' } = await logIn(replicas[from], credentials('admin'))
    const planned = await replicas[from](PLAN, { method: 'POST', cookie, body: { tags: ['1.0'] } })
    const { mode, manifests } = JSON.parse(planned.body.trimEnd().split('\n').at(-1) ?? '').plan
    expect([mode, manifests.length]).toEqual(['tag', 1])
    const [{ digest, others }] = manifests
    const remove = (body: object) =>
      replicas[to]('/v2/payments/api/manifests/1.0', { method: 'DELETE', cookie, body })
    const moved = await remove({ digest: `sha256:${'0'.repeat(64)}`, siblings: others })
    expect([moved.status, reasonIn(moved)]).toEqual([409, 'tag_moved'])
    expect((await remove({ digest, siblings: others })).status).toBe(202)
    expect([...(store.repository('payments/api')?.tags.keys() ?? [])]).toEqual(others)
  })
}

// Since decision 0006 the registry's query is signed in `next`; the older one has no such parameter and drops it.
onBoth(`the newer reads the older's next page; the older starts over at the newer's${suffix}`, async () => {
  const { replicas } = await bothReplicas()
  const [older, newer] = replicas
  const { cookie = '' } = await logIn(older, credentials('admin'))
  const nextOf = async (ask: Ask) => (await ask('/v2/_catalog?n=2', { cookie })).next ?? ''
  const [plain, signed] = [await nextOf(older), await nextOf(newer)]
  expect(plain).toMatch(/[?&]last=/)
  expect((await newer(plain, { cookie })).body).toBe((await older(plain, { cookie })).body)
  expect(signed).toMatch(/[?&]next=[\w-]+\.[\w-]{43}$/)
  // names are repeated, none is left out
  expect((await older(signed, { cookie })).body).toBe((await older('/v2/_catalog', { cookie })).body)
})

onBoth(`both write the same rows into Redis, and a cookie of the same name${suffix}`, async () => {
  const { replicas, prefix } = await bothReplicas()
  const written = []
  for (const ask of replicas) {
    await logIn(ask, credentials('mira', 'wrong'))
    const { cookie } = await logIn(ask)
    const rows = (await hands?.keys(prefix))?.map(async (key) => {
      const type = await hands?.redis.type(key)
      const name = key.slice(prefix.length).replace(/(?<=^session:)[\w-]{22}$/, '<id>')
      return [name, type, type === 'hash' ? (await hands?.redis.hkeys(key))?.sort() : []]
    })
    written.push({ cookie: cookie?.split('=')[0], rows: (await Promise.all(rows ?? [])).sort() })
    await hands?.redis.del(...(await hands.keys(prefix)))
  }
  const [older, newer] = written
  expect(older?.rows.length).toBeGreaterThan(1)
  expect(newer).toEqual(older)
})

/** The keys of a value, at any depth, and the types. Reasons are compared below: the newer gives one to each error. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf)
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'reason')
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, shapeOf(inner)]),
  )
}
/** The shapes of all lines, each once: their order and the number of progress lines vary. */
const linesOf = ({ body }: Reply) => {
  const lines = body.trimEnd().split('\n')
  return [...new Set(lines.map((line) => JSON.stringify(shapeOf(JSON.parse(line)))))].sort()
}

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
  for (const url of [SUMMARIES, PLAN])
    for (const tags of [['1.0', 'latest'], ['none']]) {
      const options = { method: 'POST', cookie, body: { tags } }
      const [older, newer] = await Promise.all(replicas.map((ask) => ask(url, options)))
      expect([url, tags, newer && linesOf(newer)]).toEqual([url, tags, older && linesOf(older)])
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
    () => Promise.all(replicas.map((ask) => ask('/v2/payments/unknown/tags/list', { cookie }))),
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

/** The same to each replica: a refused login, a login, a list, rows, an unknown manifest, a deletion, a logout. */
async function visit(replicas: readonly Ask[]): Promise<void> {
  for (const [at, ask] of replicas.entries()) {
    await logIn(ask, credentials('admin', 'wrong'))
    const { cookie = '' } = await logIn(ask, credentials('admin'))
    await ask(TAGS, { cookie })
    await ask(SUMMARIES, { method: 'POST', cookie, body: { tags: ['latest'] } })
    await ask('/v2/payments/api/manifests/none', { cookie })
    const deleted = await ask(`/v2/payments/api/manifests/1.${at}`, { method: 'DELETE', cookie })
    expect(deleted.status).toBe(202)
    await ask('/api/session', { method: 'DELETE', cookie })
  }
}

onBoth(`every metric of the older, with its labels, is one of the newer${suffix}`, async () => {
  const { replicas } = await bothReplicas()
  await visit(replicas)
  const series = async (ask: Ask) =>
    (await ask('/metrics')).body
      .match(/^gantry_\S+(?= )/gm)
      ?.map((line) => line.replace(/(?<==")[^"]*/g, '')) ?? []
  const [older = [], newer = []] = await Promise.all(replicas.map(series))
  expect(new Set(older).size).toBeGreaterThan(5)
  expect(newer).toEqual(expect.arrayContaining(older))
})

/** `req.method` and so on. */
function keysIn(value: object, before = ''): string[] {
  return Object.entries(value).flatMap(([key, inner]) => [
    before + key,
    ...(typeof inner === 'object' && inner !== null ? keysIn(inner, `${before}${key}.`) : []),
  ])
}

onBoth(`every key of the older's log is one of the newer's${suffix}`, async () => {
  const { replicas, logs } = await bothReplicas('token', 'debug')
  await visit(replicas)
  const [older = [], newer = []] = await Promise.all(
    logs.map(async ({ stop }) => {
      const lines = (await stop()).trimEnd().split('\n')
      return [...new Set(lines.flatMap((line) => keysIn(JSON.parse(line))))].sort()
    }),
  )
  expect(older).toEqual(expect.arrayContaining(['milliseconds', 'req.method', 'status']))
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
