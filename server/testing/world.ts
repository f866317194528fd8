// A small world on loopback for server tests: registry, token server and Gantry. It ends with the test.

import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import pino from 'pino'
import { afterEach } from 'vitest'
import { parseErrorEnvelope, reasonOf } from '../../shared/errors.ts'
import { buildApp } from '../app.ts'
import { parseConfig } from '../config/config.ts'
import type { Environment } from '../config/environment.ts'
import { createImageStore, type ImageStore } from './image-store.ts'
import { type DemoRegistry, type RegistryOptions, startRegistry } from './registry/registry.ts'
import { type DemoTokenServer, startTokenServer, type TokenServerOptions } from './token-server.ts'

export interface WorldOptions {
  /**
   * What guards the registry; default token. `open` has an open `/v2/`, lets everybody read base/* and rejects a wrong
   * password everywhere; `lenient` does the same, but a wrong password counts as no login.
   */
  readonly auth?: 'none' | 'basic' | 'token' | 'open' | 'lenient'
  readonly env?: Environment
  readonly registry?: Partial<RegistryOptions>
  readonly tokenServer?: Partial<TokenServerOptions>
}

export interface World {
  readonly app: FastifyInstance
  readonly registry: DemoRegistry
  readonly tokenServer: DemoTokenServer
  readonly store: ImageStore
  /** Digest of `payments/api:1.0`, and of its config. */
  readonly digests: { readonly manifest: string; readonly config: string }
  /** Logs in and returns the Cookie field. Throws if the login fails. */
  login(username?: string, password?: string): Promise<string>
  close(): Promise<void>
}

/** mira may read payments/*, carl everything but the catalog, admin all. Passwords: the name and "-secret". */
export const WORLD_USERS: TokenServerOptions['users'] = {
  admin: {
    password: 'admin-secret',
    access: [
      { type: 'repository', name: '*', actions: ['*'] },
      { type: 'registry', name: 'catalog', actions: ['*'] },
    ],
  },
  mira: {
    password: 'mira-secret',
    access: [
      { type: 'repository', name: 'payments/*', actions: ['pull'] },
      { type: 'registry', name: 'catalog', actions: ['*'] },
    ],
  },
  carl: { password: 'carl-secret', access: [{ type: 'repository', name: '*', actions: ['pull'] }] },
}

function fill(store: ImageStore): World['digests'] {
  const OCI = 'application/vnd.oci.image'
  const config = store.putBlob('payments/api', Buffer.from('{"os":"linux","architecture":"amd64"}'))
  const layer = store.putBlob('payments/api', Buffer.from('layer'))
  const descriptor = (mediaType: string, digest: string, size: number) => ({ mediaType, digest, size })
  const manifest = store.putManifest(
    'payments/api',
    `${OCI}.manifest.v1+json`,
    {
      schemaVersion: 2,
      mediaType: `${OCI}.manifest.v1+json`,
      config: descriptor(`${OCI}.config.v1+json`, config, 37),
      layers: [descriptor(`${OCI}.layer.v1.tar+gzip`, layer, 5)],
    },
    '1.0',
    '1.1',
    'latest',
  )
  for (const name of ['secret/store', 'base/debian', 'tools/a', 'tools/b']) store.addRepository(name)
  return { manifest: manifest.digest, config }
}

function guardOf(
  auth: NonNullable<WorldOptions['auth']>,
  { realm, verifyToken }: DemoTokenServer,
  service: string,
): RegistryOptions['auth'] {
  switch (auth) {
    case 'none':
      return { type: 'none' }
    case 'token':
      return { type: 'token', realm, service, verifyToken }
    case 'basic':
      return {
        type: 'basic',
        users: Object.fromEntries(Object.entries(WORLD_USERS).map(([name, user]) => [name, user.password])),
      }
    default: {
      const anonymous = [{ type: 'repository', name: 'base/*', actions: ['pull'] }]
      return { type: 'open', users: WORLD_USERS, anonymous, lenient: auth === 'lenient' }
    }
  }
}

/** Starts it all on free ports; nothing is logged. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const { auth = 'token', env = {} } = options
  const service = 'registry.demo'
  const tokenServer = await startTokenServer({ service, users: WORLD_USERS, ...options.tokenServer })
  const store = createImageStore()
  const digests = fill(store)
  const registry = await startRegistry({
    store,
    auth: guardOf(auth, tokenServer, service),
    ...options.registry,
  })
  const app = await buildApp(
    parseConfig({ REGISTRY_URL: registry.origin, LOG_LEVEL: 'silent', REGISTRY_TIMEOUT: '10', ...env }),
  )

  async function login(username = 'mira', password = `${username}-secret`): Promise<string> {
    const response = await app.inject({
      method: 'POST',
      url: '/api/session',
      payload: { username, password },
    })
    const [cookie] = response.cookies
    if (response.statusCode !== 200 || cookie === undefined)
      throw new Error(`login failed: ${response.statusCode} ${response.body}`)
    return `${cookie.name}=${encodeURIComponent(cookie.value)}`
  }
  return {
    app,
    registry,
    tokenServer,
    store,
    digests,
    login,
    async close() {
      await app.close()
      await Promise.all([registry.close(), tokenServer.close()])
    },
  }
}

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** Ends with the test, the last one first. */
export function closeAfterTest(close: () => unknown): void {
  closers.push(close)
}

export async function world(options: WorldOptions = {}): Promise<World> {
  const made = await startWorld(options)
  closeAfterTest(made.close)
  return made
}

/** Gantry's response to a GET. */
export function get(
  app: World['app'],
  url: string,
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  return app.inject({ method: 'GET', url, headers })
}

/** The first error of a response: its status, code and `detail.reason`. Throws if it is not an error envelope. */
export function failure({ statusCode, body }: { statusCode: number; body: string }) {
  const entry = parseErrorEnvelope(JSON.parse(body))?.errors[0]
  if (entry === undefined) throw new Error(`no error envelope: ${body.slice(0, 200)}`)
  const { code, message } = entry
  return { status: statusCode, code, message, reason: reasonOf(entry) }
}

/** From now on, every log line of the app at this level or above goes only into this array. */
export function captureLog(app: FastifyInstance, level: 'trace' | 'info' | 'warn'): string[] {
  const lines: string[] = []
  // the loggers of requests are children, which inherit level and stream
  app.log.level = level
  Object.assign(app.log, { [pino.symbols.streamSym]: { write: (line: string) => lines.push(line) } })
  return lines
}
