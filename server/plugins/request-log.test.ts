import { afterEach, expect, test } from 'vitest'
import { captureLog, startWorld, type World, type WorldOptions } from '../testing/world.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})
async function world(options: WorldOptions = {}): Promise<World> {
  const made = await startWorld({ auth: 'none', ...options })
  closers.push(made.close)
  return made
}
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

test.each(['/livez', '/metrics', '/', '/v2/_catalog', '/v2/a/../b', '/api/none', '/%zz', '/assets/none.js'])(
  'each response has an id of its own: %s',
  async (url) => {
    const { app } = await world()
    const [first, second] = [await app.inject(url), await app.inject(url)]
    expect(first.headers['x-request-id']).toMatch(UUID)
    expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id'])
  },
)

const SENT = 'a3f1c0de5eed4b1fa3f1c0de5eed4b1f'
test.each([
  ['from a trusted proxy', '127.0.0.1', SENT, true],
  ['from a proxy within a trusted subnet', '127.0.0.0/8', SENT, true],
  ['from an untrusted address', '10.9.9.9', SENT, false],
  ['with no trusted proxy', '', SENT, false],
  ['too short', '127.0.0.1', 'abc', false],
  ['too long', '127.0.0.1', 'a'.repeat(65), false],
  ['with other characters', '127.0.0.1', 'abcdefgh"}', false],
])('an X-Request-Id %s', async (_name, trusted, sent, taken) => {
  const { app } = await world({ env: { TRUST_PROXY: trusted } })
  const response = await app.inject({ url: '/livez', headers: { 'x-request-id': sent } })
  expect(response.headers['x-request-id'] === sent).toBe(taken)
})

test('the log has a line for each request at debug, and at info only for server errors', async () => {
  const { app, registry } = await world({ env: { REGISTRY_AUTH_TYPE: 'none' } })
  const debug = captureLog(app, 'trace')
  const read = await app.inject('/v2/payments/api/tags/list?n=5')
  const [line] = debug.map((text) => JSON.parse(text)).filter(({ msg }) => msg === 'request over')
  expect(line).toMatchObject({
    level: 20,
    req: { id: read.headers['x-request-id'], method: 'GET', path: '/v2/payments/api/tags/list' },
    status: 200,
  })
  expect(line.milliseconds).toBeGreaterThan(0)
  const info = captureLog(app, 'info')
  await app.inject('/v2/payments/api/tags/list')
  await app.inject('/v2/payments/none/tags/list')
  expect(info).toEqual([])
  await registry.close()
  const failed = await app.inject('/v2/payments/api/tags/list')
  expect(info.map((text) => JSON.parse(text))).toMatchObject([
    { level: 40, req: { id: failed.headers['x-request-id'] }, status: 502 },
  ])
})
