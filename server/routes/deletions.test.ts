import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import {
  type DeletionsLine,
  type DeletionsRequest,
  deletionsLineSchema,
  MAX_STEPS_BYTES,
} from '../../shared/api/deletion.ts'
import { type Deletable, entry, REPOSITORY, start } from '../testing/deletable-world.ts'

type Steps = DeletionsRequest['steps']
const URL_PATH = `/api/repositories/${REPOSITORY}/deletions`
const lineSchema = deletionsLineSchema()

afterEach(() => vi.useRealTimers())

function linesOf(body: string): readonly DeletionsLine[] {
  return body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => lineSchema.parse(JSON.parse(line)))
}

const post = ({ app, cookie }: Deletable, payload: unknown) =>
  app.inject({ method: 'POST', url: URL_PATH, headers: { cookie }, payload: payload as object })

async function run(made: Deletable, steps: Steps): Promise<readonly DeletionsLine[]> {
  const response = await post(made, { steps })
  expect(response.statusCode).toBe(200)
  expect(response.headers['content-type']).toBe('application/x-ndjson; charset=utf-8')
  return linesOf(response.body)
}

/** The references of the registry's DELETE requests, in order, without Gantry's own probes. */
const deletes = ({ registry }: Deletable) =>
  registry.requests
    .filter(({ method, url }) => method === 'DELETE' && !url.includes('gantry-probe'))
    .map(({ url }) => url.slice(url.lastIndexOf('/') + 1))

/** The steps of three single tags, of which `1.0` and `1.1` are one manifest. */
async function threeSteps(made: Deletable): Promise<Steps> {
  const other = String((await made.plan('2.0')).manifests[0]?.digest)
  return [
    { digest: made.digests.manifest, tag: '1.0', siblings: ['latest'] },
    { digest: made.digests.manifest, tag: '1.1' },
    { digest: other, tag: '2.0' },
  ]
}

test('the steps are carried out in their order, with a line for each and an end', async () => {
  const made = await start('single')
  expect(await run(made, await threeSteps(made))).toEqual([
    { step: 0, result: 'deleted' },
    { step: 1, result: 'deleted' },
    { step: 2, result: 'deleted' },
    { end: 'done' },
  ])
  expect(deletes(made)).toEqual(['1.0', '1.1', '2.0'])
  expect(made.tags()).toEqual(['3.0', 'latest'])
})

test('a manifest is deleted with its tags; one that no longer exists is gone', async () => {
  const made = await start('refused')
  const digest = made.digests.manifest
  const step = { digest, tags: ['1.0', '1.1', 'latest'] }
  expect(await run(made, [step, step])).toEqual([
    { step: 0, result: 'deleted' },
    { step: 1, result: 'gone' },
    { end: 'done' },
  ])
  expect(made.tags()).toEqual(['2.0', '3.0'])
})

test('a tag that was moved since the plan stops the run before it: nothing more is deleted', async () => {
  const made = await start('single')
  const steps = await threeSteps(made)
  made.store.tag(REPOSITORY, '1.1', String(steps[2]?.digest))
  const lines = await run(made, steps)
  expect(lines).toMatchObject([
    { step: 0, result: 'deleted' },
    { step: 1, result: 'failed', error: { code: 'CONFLICT', detail: { reason: 'tag_moved', tag: '1.1' } } },
    { end: 'stopped', error: { code: 'CONFLICT' } },
  ])
  expect(deletes(made)).toEqual(['1.0'])
})

test('a failure of one step alone does not stop the others, and a lost response is unknown', async () => {
  const made = await start('single')
  const steps = await threeSteps(made)
  const match = (method: string, end: string) => (request: { method: string; url: string }) =>
    request.method === method && request.url.endsWith(end)
  const body = JSON.stringify({ errors: [{ code: 'UNKNOWN', message: 'disk' }] })
  const headers = { 'content-type': 'application/json' }
  made.registry.faults.add({
    match: match('DELETE', '/1.1'),
    fault: { kind: 'respond', status: 500, headers, body },
  })
  made.registry.faults.add({
    match: match('GET', '/1.0'),
    fault: { kind: 'respond', status: 400, headers, body },
  })
  made.registry.faults.add({
    match: match('HEAD', '/1.0'),
    fault: { kind: 'respond', status: 400, headers, body },
  })
  expect(await run(made, steps)).toMatchObject([
    { step: 0, result: 'failed' },
    { step: 1, result: 'unknown', error: { code: 'UNAVAILABLE', detail: { reason: 'bad_answer' } } },
    { step: 2, result: 'deleted' },
    { end: 'done' },
  ])
  expect(deletes(made)).toEqual(['1.1', '2.0'])
})

test('a registry that deletes siblings too: the step is done, and the run stops', async () => {
  const made = await start('with-manifest')
  await made.plan('1.0')
  const lines = await run(made, [
    { digest: made.digests.manifest, tag: '1.0', siblings: ['1.1'] },
    { digest: made.digests.manifest, tag: '1.1' },
  ])
  expect(lines).toMatchObject([
    { step: 0, result: 'deleted' },
    { end: 'stopped', error: { detail: { reason: 'siblings_gone', tags: ['1.1'] } } },
  ])
})

test.each([
  ['deletion is off at the registry', { registry: { deleteEnabled: false } }, 405, 'UNSUPPORTED'],
  ['the registry is down', {}, 502, 'UNAVAILABLE'],
])('%s: one step fails, and none is tried after it', async (_name, options, status, code) => {
  const made = await start('single', options)
  const steps = await threeSteps(made)
  if (status === 502) made.registry.faults.add({ match: /manifests/, fault: { kind: 'disconnect' } })
  const lines = await run(made, steps)
  expect(lines.at(-1)).toMatchObject({ end: 'stopped', error: { code } })
  expect(lines).toHaveLength(2)
  expect(deletes(made).length).toBeLessThan(2)
})

test.each<[string, unknown, RegExp]>([
  ['no steps', { steps: [] }, /1 to 10000 steps/],
  [
    '10,001 steps',
    { steps: Array.from({ length: 10_001 }, () => ({ digest: null, tag: 'a' })) },
    /1 to 10000/,
  ],
  ['neither tag nor digest', { steps: [{ digest: null, tag: 'a' }, { digest: null }] }, /^Step 2 is not/],
  ['a tag outside the grammar', { steps: [{ digest: null, tag: '../b' }] }, /^Step 1 is not/],
  ['an unknown field', { steps: [{ digest: null, tag: 'a', force: true }] }, /^Step 1 is not/],
])('a body with %s is 400, and deletes nothing', async (_name, body, message) => {
  const made = await start('single')
  const response = await post(made, body)
  expect([response.statusCode, entry(response).code]).toEqual([400, 'REQUEST_INVALID'])
  expect(entry(response).message).toMatch(message)
  expect(deletes(made)).toEqual([])
})

test('10,000 steps of 2 to 8 MiB are accepted, more than 8 MiB are 413; plans keep their 2 MiB', async () => {
  const made = await start('single', { registry: { deleteEnabled: false } })
  const digest = `sha256:${'a'.repeat(64)}`
  const step = (n: number) => ({ digest, tag: `t${n}-${'x'.repeat(120)}`, siblings: ['s'.repeat(128)] })
  const steps = Array.from({ length: 10_000 }, (_step, n) => step(n))
  const body = JSON.stringify({ steps })
  expect(body.length).toBeGreaterThan(2 * 1024 * 1024)
  expect(body.length).toBeLessThan(MAX_STEPS_BYTES)
  // the first step stops the run
  made.registry.faults.add({ match: /manifests/, fault: { kind: 'disconnect' } })
  const { statusCode } = await post(made, { steps })
  expect(statusCode).toBe(200)
  const large = await post(made, { steps, padding: 'x'.repeat(MAX_STEPS_BYTES) })
  expect([large.statusCode, entry(large).code]).toEqual([413, 'REQUEST_INVALID'])
  const plan = await made.app.inject({
    method: 'POST',
    url: URL_PATH.replace(/deletions$/, 'deletion-plan'),
    headers: { cookie: made.cookie },
    payload: { tags: [], padding: 'x'.repeat(2 * 1024 * 1024) },
  })
  expect(plan.statusCode).toBe(413)
})

/** A run over a socket whose first DELETE waits at the registry until it is let go. */
async function heldRun(made: Deletable) {
  const steps = await threeSteps(made)
  let letGo = () => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  let isHeld = () => {}
  const reached = new Promise<void>((resolve) => {
    isHeld = resolve
  })
  made.registry.faults.add({
    match: ({ method, url }) => {
      const isFirst = method === 'DELETE' && url.endsWith('/1.0')
      if (isFirst) isHeld()
      return isFirst
    },
    fault: { kind: 'hold', until: held },
  })
  await made.app.listen({ host: '127.0.0.1', port: 0 })
  const address = made.app.server.address()
  if (address === null || typeof address === 'string') throw new Error('listens on a port')
  const headers = { cookie: made.cookie, 'content-type': 'application/json' }
  const request = httpRequest({
    port: address.port,
    host: '127.0.0.1',
    method: 'POST',
    path: URL_PATH,
    headers,
  })
  request.on('error', () => {})
  request.end(JSON.stringify({ steps }))
  const [response] = await once(request, 'response')
  let body = ''
  response.setEncoding('utf8').on('data', (text: string) => (body += text))
  response.on('error', () => {})
  await reached
  return { request, response, letGo, lines: () => linesOf(body) }
}

test('a closed connection stops after the step in progress, which is still deleted', async () => {
  const made = await start('single')
  const { request, letGo } = await heldRun(made)
  request.destroy()
  // until the server has seen it
  await vi.waitFor(async () => expect(await openConnections(made)).toBe(0))
  letGo()
  await vi.waitFor(() => expect(made.tags()).not.toContain('1.0'))
  for (let turn = 0; turn < 50; turn++) await nextTurn()
  expect(deletes(made)).toEqual(['1.0'])
  expect(made.tags()).toEqual(['1.1', '2.0', '3.0', 'latest'])
})

function openConnections({ app }: Deletable): Promise<number> {
  return new Promise((resolve, reject) =>
    app.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
  )
}

test('a logout stops after the step in progress, and the last line has the reason', async () => {
  const made = await start('single')
  const { response, letGo, lines } = await heldRun(made)
  const out = await made.app.inject({
    method: 'DELETE',
    url: '/api/session',
    headers: { cookie: made.cookie },
  })
  expect(out.statusCode).toBeLessThan(300)
  letGo()
  await once(response, 'end')
  expect(lines()).toMatchObject([
    { step: 0, result: 'deleted' },
    { end: 'stopped', error: { code: 'UNAUTHORIZED', detail: { reason: 'session_ended' } } },
  ])
  expect(deletes(made)).toEqual(['1.0'])
})

test('a line at least every five seconds while a step takes longer', async () => {
  const made = await start('single')
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const { response, letGo, lines } = await heldRun(made)
  for (let line = 1; line <= 2; line++) {
    vi.advanceTimersByTime(5000)
    await vi.waitFor(() => expect(lines()).toHaveLength(line))
  }
  letGo()
  await once(response, 'end')
  expect(lines()).toEqual([
    { running: 0 },
    { running: 0 },
    { step: 0, result: 'deleted' },
    { step: 1, result: 'deleted' },
    { step: 2, result: 'deleted' },
    { end: 'done' },
  ])
})

test('a server that closes finishes the step in progress, and the last line has the reason', async () => {
  const made = await start('single')
  const { response, letGo, lines } = await heldRun(made)
  const closed = made.app.close()
  letGo()
  await Promise.all([once(response, 'end'), closed])
  expect(lines()).toMatchObject([
    { step: 0, result: 'deleted' },
    { end: 'stopped', error: { code: 'UNAVAILABLE', detail: { reason: 'stopping' } } },
  ])
  expect(deletes(made)).toEqual(['1.0'])
})
