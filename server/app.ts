// The whole server: the order of registration is the architecture.

import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify'
import { Limiter } from './concurrency/limiter.ts'
import type { Config } from './config/config.ts'
import { TagDeletion } from './deletion/capabilities.ts'
import { Deletions } from './deletion/execute.ts'
import { Planner } from './deletion/plan.ts'
import { branding } from './plugins/branding.ts'
import { draining } from './plugins/draining.ts'
import { errorHandler, sendFrameworkError } from './plugins/error-handler.ts'
import { createRegistryState, health } from './plugins/health.ts'
import { createMetrics, metricsRoute } from './plugins/metrics.ts'
import { overload } from './plugins/overload.ts'
import { requestReport } from './plugins/request-log.ts'
import { sameOrigin } from './plugins/same-origin.ts'
import { securityHeaders } from './plugins/security-headers.ts'
import { serverOptions } from './plugins/server-options.ts'
import { spa } from './plugins/static-page.ts'
import { uiBasicAuth } from './plugins/ui-basic-auth.ts'
import { RegistryClient } from './registry/client.ts'
import { Paging } from './registry/paging.ts'
import { REGISTRY_CONNECTIONS } from './registry/transport/agents.ts'
import { createChangeRule } from './routes/change-rule.ts'
import { createPlanAction } from './routes/deletion-plan.ts'
import { createDeletionsAction } from './routes/deletions.ts'
import { repositoryRoutes, type SubjectOf } from './routes/repositories.ts'
import { sessionRoutes } from './routes/session.ts'
import { summariesAction } from './routes/summaries.ts'
import { registryProxy } from './routes/v2.ts'
import { SessionCookie } from './sessions/cookie.ts'
import { Sessions, sessionIdOf } from './sessions/sessions.ts'
import { createStorage } from './sessions/storage.ts'
import { InfoCache } from './summaries/info-cache.ts'
import { RepositoryReader } from './summaries/reader.ts'
import { SummaryStreams } from './summaries/stream.ts'
import { VERSION } from './version.ts'

export interface AppOptions {
  /** Where the built client lies. */
  readonly clientRoot?: string
  /** Called for each route, so that a test can hold a rule over all of them. */
  readonly onRoute?: (route: RouteOptions) => void
}

const CLIENT_ROOT = fileURLToPath(new URL('../client', import.meta.url))

/** Shares the connections of one pool: a visitor gets a quarter of them while others wait. */
function registryLimiter(): Limiter {
  return new Limiter({
    max: REGISTRY_CONNECTIONS,
    share: REGISTRY_CONNECTIONS / 4,
    reserve: REGISTRY_CONNECTIONS / 8,
  })
}

/** What plugins and routes are given. */
type Services = Awaited<ReturnType<typeof createServices>>

/** The registry's client, the session store, and everything that reads through them. */
async function createServices(app: FastifyInstance, config: Config) {
  const { basePath, session, registry, tokens } = config
  const registryState = createRegistryState(() => client.ping())
  const metrics = createMetrics({
    version: VERSION,
    sessions: async () => store.count?.(),
    summaryStreams: () => streams.count(),
    registryState,
  })
  const storage = await createStorage({ session, basePath, log: app.log })
  const { store, limits } = storage
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
      app.log.info(`Tokens come from ${origin}, which the registry names (TOKEN_REALM_ALLOW).`),
  })
  const reader = new RepositoryReader(client, registry.timeoutSeconds)
  const infoCache = new InfoCache(reader)
  const limiter = registryLimiter()
  const streams = new SummaryStreams({ reader, infoCache, limiter })
  app.addHook('onReady', storage.connect)
  app.addHook('onClose', async () => {
    await Promise.all([client.close(), storage.close()])
  })
  return { registryState, metrics, store, limits, client, reader, infoCache, limiter, streams }
}

/** What holds for every request, in the order in which it applies. */
async function registerPlugins(app: FastifyInstance, config: Config, services: Services): Promise<void> {
  const { metrics, limits } = services
  const { publicUrl } = config
  await app.register(draining)
  await app.register(errorHandler, { onFailure: metrics.failed })
  await app.register(requestReport, { metrics })
  await app.register(securityHeaders, { publicUrl })
  await app.register(overload)
  if (config.uiAccount !== undefined) await app.register(uiBasicAuth, { account: config.uiAccount, limits })
  await app.register(sameOrigin, { publicUrl })
}

/** Whom a request acts for. */
async function registerSessions(
  app: FastifyInstance,
  { session, basePath, publicUrl, trustProxy, registry }: Config,
  secrets: readonly string[],
  { store }: Services,
) {
  const trustsProxy = trustProxy.length > 0
  const cookie = new SessionCookie({ ...session, secrets, basePath, publicUrl, trustsProxy })
  await cookie.register(app)
  const account = registry.authType === 'none' ? undefined : registry.account
  return { cookie, sessions: new Sessions({ cookie, store, account }) }
}

async function registerRoutes(
  app: FastifyInstance,
  config: Config,
  secrets: readonly string[],
  services: Services,
): Promise<void> {
  const { registryState, metrics, store, limits, client, reader, infoCache, limiter, streams } = services
  const { cookie, sessions } = await registerSessions(app, config, secrets, services)
  const subjectOf: SubjectOf = (request) => sessions.subjectOf(request)
  const mayDelete = createChangeRule({
    allowed: config.allowDelete,
    uiProtected: config.uiAccount !== undefined,
    publicUrl: config.publicUrl,
  })
  const paging = new Paging({
    secrets,
    onUnreadable: ({ kind, repository }, why) =>
      app.log.warn({ list: kind, repository }, `a list of the registry cannot be read to its end: ${why}`),
  })
  const tagDeletion = new TagDeletion(client, reader)
  const planner = new Planner({ client, paging, reader, infoCache, tagDeletion })
  const uiUser = config.uiAccount?.username
  const deletions = new Deletions({ client, reader, limiter, tagDeletion, uiUser })
  const onFailure = metrics.failed

  await app.register(health, { registryState, storeIsReachable: () => store.isReachable() })
  await app.register(metricsRoute, { metrics })
  await app.register(sessionRoutes, { config, version: VERSION, cookie, sessions, client, limits })
  await app.register(registryProxy, {
    registryOrigin: config.registry.origin,
    basePath: config.basePath,
    client,
    paging,
    limiters: { registry: limiter, blobs: registryLimiter() },
    subjectOf,
    mayDelete,
    deletions,
  })
  await app.register(repositoryRoutes, {
    actions: {
      summaries: summariesAction({ streams, subjectOf, onFailure }),
      'deletion-plan': createPlanAction({ planner, limiter, subjectOf, mayDelete, onFailure }),
      deletions: createDeletionsAction(app, { deletions, subjectOf, mayDelete }),
    },
  })
}

/** Builds the server; it waits for nothing, least of all the registry. */
export async function buildApp(
  config: Config,
  { clientRoot = CLIENT_ROOT, onRoute }: AppOptions = {},
): Promise<FastifyInstance> {
  const { basePath, title, session, branding: brand } = config
  const app: FastifyInstance = Fastify({ ...serverOptions(config), frameworkErrors: sendFrameworkError })
  if (onRoute !== undefined) app.addHook('onRoute', onRoute)
  for (const warning of config.warnings) app.log.warn(warning)
  app.removeContentTypeParser('text/plain')
  const secrets = session.secrets.length > 0 ? session.secrets : [randomBytes(32).toString('base64url')]

  const services = await createServices(app, config)
  await registerPlugins(app, config, services)
  await registerRoutes(app, config, secrets, services)
  await app.register(branding, brand)
  await app.register(spa, { root: clientRoot, basePath, title, branding: brand })
  return app
}
