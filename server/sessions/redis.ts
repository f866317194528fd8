// The connections to the Redis or Valkey that several replicas share. While it is unreachable every command fails at
// once and nothing is queued: the next request tries again.

import { isIP } from 'node:net'
import type { FastifyBaseLogger } from 'fastify'
import { Redis, type RedisOptions } from 'ioredis'
import type { StoreAddress } from '../config/schemas.ts'
import { gatewayError } from '../errors.ts'

type StoreLog = Pick<FastifyBaseLogger, 'info' | 'warn'>

const CONNECT_MS = 2000
/** A session's row takes about a millisecond; after this long the store counts as unreachable. */
const COMMAND_MS = 2000
/** A response this late means a dead connection, which is replaced. */
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
    // every server and every proxy in front of one supports it
    protocol: 2,
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    commandTimeout: COMMAND_MS,
    socketTimeout: SOCKET_MS,
    // a queued command would run after its request has already failed with 503
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    retryStrategy: (times) => Math.min(times * 100, MAX_RECONNECT_MS),
  }
}

/**
 * Logs once when the store becomes unreachable and once when it is back, not at each attempt.
 *
 * @returns why an open connection must not be used: ioredis continues in database 0 if it may not select ours.
 */
function watch(redis: Redis, log: StoreLog): () => Error | undefined {
  let logged: string | undefined
  let wrongDatabase: Error | undefined
  function warn(reason: string): void {
    if (reason === logged) return
    logged = reason
    log.warn({ reason }, 'The session store (SESSION_STORE) is unavailable: nobody is logged in meanwhile.')
  }
  redis.on('connect', () => {
    wrongDatabase = undefined
  })
  redis.on('error', (error: Error & { command?: { name?: string } }) => {
    if (error.command?.name === 'select') wrongDatabase = error
    warn(error.message)
  })
  // also follows each error, which has been logged by then
  redis.on('close', () => {
    if (logged === undefined) warn('the connection was closed')
  })
  redis.on('ready', () => {
    if (wrongDatabase !== undefined) return
    logged = undefined
    log.info('The session store (SESSION_STORE) is available.')
  })
  return () => wrongDatabase
}

export class RedisConnection {
  readonly #redis: Redis
  /** A connection of its own: one that has subscribed cannot send commands. */
  readonly #listener: Redis
  readonly #unusable: () => Error | undefined

  constructor(address: StoreAddress, log: StoreLog) {
    this.#redis = new Redis(optionsOf(address))
    this.#listener = new Redis(optionsOf(address))
    this.#unusable = watch(this.#redis, log)
    // it fails together with the other connection, which logs it
    this.#listener.on('error', () => {})
  }

  /** Runs a command. Throws GatewayError UNAVAILABLE/store_down if the store fails it or does not respond in time. */
  async run<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    try {
      const reason = this.#unusable()
      if (reason !== undefined) throw reason
      return await command(this.#redis)
    } catch (cause) {
      throw gatewayError('store_down', {}, { retryAfterSeconds: 2, cause })
    }
  }

  /**
   * Listens to a channel.
   *
   * @param onConnected  called after each (re)connect: earlier messages may have been missed.
   */
  listen(channel: string, onMessage: (message: string) => void, onConnected: () => void): void {
    this.#listener.on('message', (from, message) => {
      if (from === channel) onMessage(message)
    })
    this.#listener.on('ready', () => {
      this.#listener.subscribe(channel).then(onConnected, () => this.#listener.disconnect(true))
    })
  }

  /** Whether it responds; never throws. */
  isReachable(): Promise<boolean> {
    return this.run((redis) => redis.ping()).then(
      () => true,
      () => false,
    )
  }

  /** Waits until each connection has been made or has failed once. Never throws. */
  async connect(): Promise<void> {
    await Promise.allSettled([this.#redis.connect(), this.#listener.connect()])
  }

  close(): void {
    this.#redis.removeAllListeners('close')
    this.#redis.disconnect()
    this.#listener.disconnect()
  }
}
