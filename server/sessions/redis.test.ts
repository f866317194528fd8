import { Socket } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import type { StoreAddress } from '../config/schemas.ts'
import { hasRedis, NEEDS_REDIS, startRoad, TEST_REDIS } from '../testing/redis.ts'
import { RedisConnection } from './redis.ts'

const present = await hasRedis()
const onRedis = present ? test : test.skip
const suffix = present ? '' : ` (${NEEDS_REDIS})`
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function open(address: Partial<StoreAddress>) {
  const log = { info: vi.fn(), warn: vi.fn() }
  const whole = {
    ...TEST_REDIS,
    tls: false,
    username: undefined,
    password: undefined,
    database: 0,
    ...address,
  }
  const connection = new RedisConnection(whole, log)
  closers.push(() => connection.close())
  await connection.connect()
  return { connection, log }
}
const ping = (connection: RedisConnection) => connection.run((redis) => redis.ping())
const storeDown = { code: 'UNAVAILABLE', reason: 'store_down', statusCode: 503, retryAfterSeconds: 2 }

test('with nothing listening each command fails at once, and the reason is logged once', async () => {
  const { connection, log } = await open({ port: 9, password: 'geheim' })
  for (let i = 0; i < 20; i++) await expect(ping(connection)).rejects.toMatchObject(storeDown)
  // it keeps reconnecting
  const attempts = vi.spyOn(Socket.prototype, 'connect')
  await expect.poll(() => attempts.mock.calls.length).toBeGreaterThan(3)
  expect(await connection.isReachable()).toBe(false)
  expect(log.warn).toHaveBeenCalledTimes(1)
  expect(JSON.stringify(log.warn.mock.calls)).not.toContain('geheim')
})

onRedis(`a missing database is not replaced by another one${suffix}`, async () => {
  const { connection, log } = await open({ database: 9999 })
  await expect(ping(connection)).rejects.toMatchObject(storeDown)
  expect(await connection.isReachable()).toBe(false)
  expect(log.warn.mock.calls[0]?.[0].reason).toContain('DB index')
  expect(log.info).not.toHaveBeenCalled()
})

onRedis(`a refused account is logged without its password${suffix}`, async () => {
  const { connection, log } = await open({ username: 'nobody', password: 'geheim' })
  await expect(ping(connection)).rejects.toMatchObject(storeDown)
  expect(log.warn.mock.calls[0]?.[0].reason).toContain('WRONGPASS')
  expect(JSON.stringify(log.warn.mock.calls)).not.toContain('geheim')
})

onRedis(
  `loss and return are each logged once, and a listener learns that it may have missed messages${suffix}`,
  async () => {
    const road = await startRoad()
    closers.push(road.close)
    const { connection, log } = await open({ port: road.port })
    const [heard, missed] = [vi.fn(), vi.fn()]
    connection.listen('gantry:test-channel', heard, missed)
    expect(await ping(connection)).toBe('PONG')
    road.set('closed')
    await expect.poll(() => ping(connection).catch((error) => error)).toMatchObject(storeDown)
    road.set('open')
    await expect.poll(() => connection.isReachable()).toBe(true)
    await expect.poll(() => missed).toHaveBeenCalledTimes(1)
    expect([log.warn.mock.calls.length, log.info.mock.calls.length]).toEqual([1, 2])
    await connection.run((redis) => redis.publish('gantry:test-channel', 'x'))
    await expect.poll(() => heard).toHaveBeenCalledWith('x')
  },
)

onRedis(`closing it is not logged as a loss${suffix}`, async () => {
  const road = await startRoad()
  closers.push(road.close)
  const { connection, log } = await open({ port: road.port })
  expect(road.connections()).toBe(2)
  connection.close()
  await expect.poll(() => road.connections()).toBe(0)
  expect(log.warn).not.toHaveBeenCalled()
  await expect(ping(connection)).rejects.toMatchObject(storeDown)
})
