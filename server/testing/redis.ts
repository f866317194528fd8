// The real Redis or Valkey that tests run on, where one listens on this machine.

import { randomUUID } from 'node:crypto'
import { connect, createServer, type Socket } from 'node:net'
import { Redis } from 'ioredis'

export const TEST_REDIS = { host: '127.0.0.1', port: 6379 }

/** Whether one listens. */
export async function hasRedis(): Promise<boolean> {
  const redis = new Redis({ ...TEST_REDIS, lazyConnect: true, retryStrategy: () => null })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return (await redis.ping()) === 'PONG'
  } catch {
    return false
  } finally {
    redis.disconnect()
  }
}

/** What a skipped test says in its name. */
export const NEEDS_REDIS = `needs a Redis on ${TEST_REDIS.host}:${TEST_REDIS.port}`

/** The test's own eyes and hands in the store. */
export function createHands() {
  const redis = new Redis({ ...TEST_REDIS })
  const keys = (prefix: string) => redis.keys(`${prefix}*`)
  return {
    redis,
    keys,
    /** Lets time pass for the rows under a prefix: their ends come nearer by so much. */
    async pass(prefix: string, seconds: number): Promise<void> {
      for (const key of await keys(prefix)) {
        if ((await redis.type(key)) === 'hash') await redis.hincrby(key, 'until', -seconds * 1000)
        // an end in the past deletes
        await redis.pexpire(key, (await redis.pttl(key)) - seconds * 1000)
      }
    },
    async close(...prefixes: string[]): Promise<void> {
      for (const prefix of prefixes) for (const key of await keys(prefix)) await redis.del(key)
      redis.disconnect()
    },
  }
}

/** A prefix that no other test has. */
export const ownPrefix = () => `gantry:test-${randomUUID()}:`

/** A road to the store that can be blocked, as a store that is down or hangs. */
export async function startRoad() {
  const sockets = new Set<Socket>()
  let state: 'open' | 'closed' | 'stalled' = 'open'
  const server = createServer((near) => {
    if (state === 'closed') {
      near.destroy()
      return
    }
    const far = connect(TEST_REDIS)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    const carry = (from: Socket, to: Socket) =>
      from.on('data', (bytes) => {
        if (state !== 'stalled') to.write(bytes)
      })
    carry(near, far)
    carry(far, near)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: address.port,
    /** How many lead through it now. */
    connections: () => sockets.size / 2,
    set(next: typeof state): void {
      state = next
      if (next === 'closed') cut()
    },
    async close(): Promise<void> {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
