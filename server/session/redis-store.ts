// The connections to Redis or Valkey, which several replicas share. A store that is away makes every question to it
// fail at once, and nothing waits for its return: it is asked again by the next request.

import type { FastifyBaseLogger } from 'fastify'
import { Redis, type RedisOptions } from 'ioredis'
import { GatewayError } from '../errors.ts'

/** `SESSION_STORE`, taken apart. */
export interface StoreAddress {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly username: string | undefined
  readonly password: string | undefined
  readonly database: number
}

export interface Store {
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
    ...(tls && { tls: { servername: host } }),
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

/** Says once when the store goes and once when it is there, not at each try. */
function watch(redis: Redis, log: Pick<FastifyBaseLogger, 'info' | 'warn'>): void {
  let said: string | undefined
  redis.on('error', (error: Error) => {
    if (error.message === said) return
    said = error.message
    log.warn(
      { err: error },
      'The session store (SESSION_STORE) cannot be used: nobody is logged in meanwhile.',
    )
  })
  redis.on('close', () => {
    if (said !== undefined) return
    said = 'closed'
    log.warn('The session store (SESSION_STORE) has closed the connection.')
  })
  redis.on('ready', () => {
    said = undefined
    log.info('The session store (SESSION_STORE) is there.')
  })
}

export function createStore(address: StoreAddress, log: Pick<FastifyBaseLogger, 'info' | 'warn'>): Store {
  const redis = new Redis(optionsOf(address))
  // a connection that listens can ask nothing
  const listener = new Redis(optionsOf(address))
  watch(redis, log)
  // it goes and comes with the other one, which tells of it
  listener.on('error', () => {})

  return {
    async ask(question) {
      try {
        return await question(redis)
      } catch (cause) {
        throw new GatewayError(
          'UNAVAILABLE',
          'Gantry cannot reach the store that its sessions are in. Try again in a moment.',
          { reason: 'store_down', retryAfterSeconds: 2, cause },
        )
      }
    },
    listen(channel, onMessage, onMissed) {
      listener.on('message', (from, message) => {
        if (from === channel) onMessage(message)
      })
      listener.on('ready', () => {
        listener.subscribe(channel).then(onMissed, () => listener.disconnect(true))
      })
    },
    isReachable: () =>
      redis.ping().then(
        () => true,
        () => false,
      ),
    async connect() {
      await Promise.allSettled([redis.connect(), listener.connect()])
    },
    close() {
      redis.disconnect()
      listener.disconnect()
    },
  }
}
