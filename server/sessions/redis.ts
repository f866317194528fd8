// The connections to Redis or Valkey, which several replicas share. A store that is away makes every question to it
// fail at once, and nothing waits for its return: it is asked again by the next request.

import { isIP } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import { Redis, type RedisOptions } from 'ioredis'
import type { StoreAddress } from '../config/schemas.ts'
import { gatewayError } from '../errors.ts'

type StoreLog = Pick<FastifyBaseLogger, 'info' | 'warn'>

export interface RedisConnection {
  /** Asks the store. Throws GatewayError UNAVAILABLE/store_down if it does not answer in time, or refuses. */
  ask<T>(question: (redis: Redis) => Promise<T>): Promise<T>
  /**
   * Listens to a channel.
   *
   * @param onMissed  called whenever the connection is there (again): what was said before has been missed.
   */
  listen(channel: string, onMessage: (message: string) => void, onMissed: () => void): void
  /** Whether it answers; never throws. */
  isReachable(): Promise<boolean>
  /** Waits until both connections are there or have failed once. Never throws. */
  connect(): Promise<void>
  close(): void
}

const CONNECT_MS = 2000
/** A session's row comes within a millisecond; what takes this long is as good as away. */
const COMMAND_MS = 2000
/** An answer this late means a dead connection: a new one is made. */
const SOCKET_MS = 5000
const MAX_RECONNECT_MS = 2000

function optionsOf(address: StoreAddress): RedisOptions {
  const { host, port, tls, username, password, database } = address
  return {
    host,
    port,
    db: database,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: isIP(host) === 0 ? { servername: host } : {} }),
    // what every server and every proxy before one speaks
    protocol: 2,
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    commandTimeout: COMMAND_MS,
    socketTimeout: SOCKET_MS,
    // a question is never kept for later: whoever asked has had their 503 by then
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    retryStrategy: (times) => Math.min(times * 100, MAX_RECONNECT_MS),
  }
}

/**
 * Says once when the store goes and once when it is there, not at each try.
 *
 * @returns why a connection that is there must not be used: ioredis goes on in database 0 when it may not have ours.
 */
function watch(redis: Redis, log: StoreLog): () => Error | undefined {
  let said: string | undefined
  let wrongDatabase: Error | undefined
  function say(reason: string): void {
    if (reason === said) return
    said = reason
    log.warn({ reason }, 'The session store (SESSION_STORE) cannot be used: nobody is logged in meanwhile.')
  }
  redis.on('connect', () => {
    wrongDatabase = undefined
  })
  redis.on('error', (error: Error & { command?: { name?: string } }) => {
    if (error.command?.name === 'select') wrongDatabase = error
    say(error.message)
  })
  // each error is followed by one, and has been said
  redis.on('close', () => {
    if (said === undefined) say('it has closed the connection')
  })
  redis.on('ready', () => {
    if (wrongDatabase !== undefined) return
    said = undefined
    log.info('The session store (SESSION_STORE) is there.')
  })
  return () => wrongDatabase
}

export function createRedisConnection(address: StoreAddress, log: StoreLog): RedisConnection {
  const redis = new Redis(optionsOf(address))
  // a connection that listens can ask nothing
  const listener = new Redis(optionsOf(address))
  const unusable = watch(redis, log)
  // it goes and comes with the other one, which tells of it
  listener.on('error', () => {})

  async function ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      const reason = unusable()
      if (reason !== undefined) throw reason
      return await question(redis)
    } catch (cause) {
      throw gatewayError('store_down', {}, { retryAfterSeconds: 2, cause })
    }
  }

  return {
    ask,
    listen(channel, onMessage, onMissed) {
      listener.on('message', (from, message) => {
        if (from === channel) onMessage(message)
      })
      listener.on('ready', () => {
        listener.subscribe(channel).then(onMissed, () => listener.disconnect(true))
      })
    },
    isReachable: () =>
      ask((store) => store.ping()).then(
        () => true,
        () => false,
      ),
    async connect() {
      await Promise.allSettled([redis.connect(), listener.connect()])
    },
    close() {
      redis.removeAllListeners('close')
      redis.disconnect()
      listener.disconnect()
    },
  }
}
