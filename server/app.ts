// The whole server: the order of registration is the architecture.

import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type RouteOptions } from 'fastify'
import type { Limiter } from './concurrency/limiter.ts'
import type { Config } from './config/config.ts'
import { TagDeletion } from './deletion/capabilities.ts'
import { Deletions } from './deletion/execute.ts'
import { Planner } from './deletion/plan.ts'
import { errorHandler, sendFrameworkError } from './plugins/error-handler.ts'
import { createRegistryState, health, type RegistryState } from './plugins/health.ts'
import { Metrics, metricsRoute } from './plugins/metrics.ts'
import { overload } from './plugins/overload.ts'
import { requestLog } from './plugins/request-log.ts'
import { sameOrigin } from './plugins/same-origin.ts'
import { securityHeaders } from './plugins/security-headers.ts'
import { serverOptions } from './plugins/server-options.ts'
import { branding, spa } from './plugins/static-page.ts'
import { uiBasicAuth } from './plugins/ui-basic-auth.ts'
import { RegistryClient } from './registry/client.ts'
import { createRegistryLimiter } from './registry/limits.ts'
import { Paging } from './registry/paging.ts'
import { createChangeRule } from './routes/change-rule.ts'
import { createPlanAction } from './routes/deletion-plan.ts'
import { createDeletionsAction } from './routes/deletions.ts'
import { repositoryRoutes } from './routes/repositories.ts'
import { sessionRoutes } from './routes/session.ts'
import { summariesAction } from './routes/summaries.ts'
import { registryProxy } from './routes/v2.ts'
import { hashOfBasePath, SessionCookie } from './sessions/cookie.ts'
import { RedisCounters } from './sessions/login-failure-counters.ts'
import { LoginLimits } from './sessions/login-limits.ts'
import { MemoryStore } from './sessions/memory-store.ts'
import { RedisStore } from './sessions/redis-store.ts'
import type { SessionStore } from './sessions/session-store.ts'
import { Sessions, sessionIdOf } from './sessions/sessions.ts'
import { draining } from './stop.ts'
import { InfoCache } from './summaries/info-cache.ts'
import { RepositoryReader } from './summaries/reader.ts'
import { SummaryStreams } from './summaries/stream.ts'

export interface AppOptions {
  /** Folder of the built client. */
  readonly clientRoot?: string
  /** Called for each route, so that a test can check a rule over all of them. */
  readonly onRoute?: (route: RouteOptions) => void
}

const CLIENT_ROOT = fileURLToPath(new URL('../client', import.meta.url))

/** From package.json: one folder up from server/, two from dist/server/. */
function readVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
      if (name === 'gantry') return String(version)
    } catch {
      // try the other path
    }
  }
  return 'unknown'
}

const VERSION = readVersion()

/** Builds the server. It does not wait for the registry, nor for a remote session store. */
export async function buildApp(
  config: Config,
  { clientRoot = CLIENT_ROOT, onRoute }: AppOptions = {},
): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({ ...serverOptions(config), frameworkErrors: sendFrameworkError })
  if (onRoute !== undefined) app.addHook('onRoute', onRoute)
  for (const warning of config.warnings) app.log.warn(warning)
  app.removeContentTypeParser('text/plain')

  const storage = await createStorage(config, app.log)
  const services = createServices(config, storage, app.log)
  app.addHook('onReady', storage.connect)
  app.addHook('onClose', async () => {
    await Promise.all([services.client.close(), storage.close()])
  })

  await registerPlugins(app, config, services)
  const access = await registerSessions(app, config, services)
  await registerRoutes(app, config, services, access)
  await app.register(branding, config.branding)
  const { basePath, title } = config
  await app.register(spa, { root: clientRoot, basePath, title, branding: config.branding })
  return app
}

/** The state that outlives a request and has to be shared between replicas. */
interface Storage {
  readonly store: SessionStore
  readonly limits: LoginLimits
  /** Waits for the store, two seconds at most. If it fails, Gantry starts all the same but is not ready. Never throws. */
  connect(): Promise<void>
  close(): Promise<void>
}

/** In this process, or in the Redis of SESSION_STORE. */
async function createStorage({ session, basePath }: Config, log: FastifyBaseLogger): Promise<Storage> {
  const { idleSeconds, maxSeconds } = session
  if (session.store === undefined) {
    const store = new MemoryStore({ idleSeconds, maxSeconds })
    return { store, limits: new LoginLimits(), connect: async () => {}, close: () => store.close() }
  }
  // loaded late: a single replica can save its 10 MB of memory
  const { RedisConnection } = await import('./sessions/redis.ts')
  const connection = new RedisConnection(session.store, log)
  const prefix = `gantry:${hashOfBasePath(basePath)}:`
  const store = new RedisStore({ idleSeconds, maxSeconds, connection, prefix })
  return {
    store,
    limits: new LoginLimits(new RedisCounters(connection, prefix)),
    connect: () => connection.connect(),
    async close() {
      await store.close()
      connection.close()
    },
  }
}

/** What plugins and routes work with. */
interface Services {
  readonly store: SessionStore
  readonly limits: LoginLimits
  readonly metrics: Metrics
  readonly client: RegistryClient
  readonly registryState: () => RegistryState
  readonly reader: RepositoryReader
  readonly infoCache: InfoCache
  readonly limiter: Limiter
  readonly streams: SummaryStreams
}

function createServices(config: Config, { store, limits }: Storage, log: FastifyBaseLogger): Services {
  const { registry, tokens } = config
  const metrics = new Metrics(VERSION)
  const client = new RegistryClient({
    ...registry,
    tokenCacheSeconds: tokens.cacheSeconds,
    realmAllow: tokens.realmAllow,
    tokenServerUrl: tokens.serverUrl,
    loginOffered: config.login,
    onPasswordRefused: (subject) => store.destroy(sessionIdOf(subject)),
    observer: metrics.observer,
    onVerified: async (subject) => {
      const isNew = await store.markVerified(sessionIdOf(subject))
      if (isNew && subject.kind === 'session') await limits.noteProven(subject.credentials.username)
    },
    onRealmPinned: (origin) =>
      log.info(`Tokens come from ${origin}, which the registry names (TOKEN_REALM_ALLOW).`),
  })
  const registryState = createRegistryState(() => client.ping())
  const reader = new RepositoryReader(client, registry.timeoutSeconds)
  const infoCache = new InfoCache(reader)
  const limiter = createRegistryLimiter()
  const streams = new SummaryStreams({ reader, infoCache, limiter })
  metrics.addGauges({
    sessions: async () => store.count?.(),
    summaryStreams: () => streams.count(),
    registryState,
  })
  return { store, limits, metrics, client, registryState, reader, infoCache, limiter, streams }
}

/** Around every route. Each one sees only the requests that those before it let through. */
async function registerPlugins(app: FastifyInstance, config: Config, services: Services): Promise<void> {
  const { publicUrl, uiAccount } = config
  const { metrics, limits } = services
  await app.register(draining)
  await app.register(errorHandler, { onFailure: (failure) => metrics.failed(failure) })
  await app.register(requestLog, { metrics })
  await app.register(securityHeaders, { publicUrl })
  await app.register(overload)
  if (uiAccount !== undefined) await app.register(uiBasicAuth, { account: uiAccount, limits })
  await app.register(sameOrigin, { publicUrl })
}

/** How routes find out about their visitor. */
interface Access {
  /** Newest first, at least one. */
  readonly secrets: readonly string[]
  readonly cookie: SessionCookie
  readonly sessions: Sessions
}

async function registerSessions(app: FastifyInstance, config: Config, { store }: Services): Promise<Access> {
  const { session, registry, basePath, publicUrl } = config
  const secrets = session.secrets.length > 0 ? session.secrets : [randomBytes(32).toString('base64url')]
  const trustsProxy = config.trustProxy.length > 0
  const cookie = new SessionCookie({ ...session, secrets, basePath, publicUrl, trustsProxy })
  await cookie.register(app)
  const account = registry.authType === 'none' ? undefined : registry.account
  return { secrets, cookie, sessions: new Sessions({ cookie, store, account }) }
}

async function registerRoutes(
  app: FastifyInstance,
  config: Config,
  services: Services,
  { secrets, cookie, sessions }: Access,
): Promise<void> {
  const { store, limits, metrics, client, registryState, reader, infoCache, limiter, streams } = services
  const { publicUrl, basePath, registry, uiAccount } = config
  const subjectOf: Sessions['subjectOf'] = (request) => sessions.subjectOf(request)
  const onFailure: Metrics['failed'] = (failure) => metrics.failed(failure)
  const mayDelete = createChangeRule({
    allowed: config.allowDelete,
    uiProtected: uiAccount !== undefined,
    publicUrl,
  })
  const paging = new Paging({
    secrets,
    onUnreadable: ({ kind, repository }, why) =>
      app.log.warn({ list: kind, repository }, `a list of the registry cannot be read to its end: ${why}`),
  })
  const tagDeletion = new TagDeletion(client, reader)
  const planner = new Planner({ client, paging, reader, infoCache, tagDeletion })
  const deletions = new Deletions({ client, reader, limiter, tagDeletion, uiUser: uiAccount?.username })

  await app.register(health, { registryState, storeIsReachable: () => store.isReachable() })
  await app.register(metricsRoute, { metrics })
  await app.register(sessionRoutes, { config, version: VERSION, cookie, sessions, client, limits })
  await app.register(registryProxy, {
    registryOrigin: registry.origin,
    basePath,
    client,
    paging,
    limiters: { registry: limiter, blobs: createRegistryLimiter() },
    subjectOf,
    mayDelete,
    deletions,
  })
  await app.register(repositoryRoutes, {
    actions: {
      summaries: summariesAction({ streams, subjectOf, onFailure }),
      'deletion-plan': createPlanAction({ planner, limiter, subjectOf, mayDelete, onFailure }),
      deletions: createDeletionsAction(app, { deletions, limiter, subjectOf, mayDelete, onFailure }),
    },
  })
}
