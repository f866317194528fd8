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
import { repositoryRoutes } from './routes/repositories.ts'
import { sessionRoutes } from './routes/session.ts'
import { summariesAction } from './routes/summaries.ts'
import { registryProxy } from './routes/v2.ts'
import { registerSessionCookie } from './sessions/cookie.ts'
import { createSessions, sessionIdOf } from './sessions/sessions.ts'
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

/** Shares the connections of one pool: a visitor gets a quarter of them before others who wait have had theirs. */
function registryLimiter(): Limiter {
  return new Limiter({
    max: REGISTRY_CONNECTIONS,
    share: REGISTRY_CONNECTIONS / 4,
    reserve: REGISTRY_CONNECTIONS / 8,
  })
}

/** Builds the server; it waits for nothing, least of all the registry. */
export async function buildApp(
  config: Config,
  { clientRoot = CLIENT_ROOT, onRoute }: AppOptions = {},
): Promise<FastifyInstance> {
  const { publicUrl, basePath, title, session, registry, tokens } = config
  const app: FastifyInstance = Fastify({ ...serverOptions(config), frameworkErrors: sendFrameworkError })
  if (onRoute !== undefined) app.addHook('onRoute', onRoute)
  for (const warning of config.warnings) app.log.warn(warning)
  app.removeContentTypeParser('text/plain')

  const registryState = createRegistryState(() => client.ping())
  const metrics = createMetrics({
    version: VERSION,
    sessions: async () => store.count?.(),
    summaryStreams: () => streams.count(),
    registryState,
  })
  const storage = await createStorage({
    session,
    basePath,
    log: app.log,
  })
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

  await app.register(draining)
  await app.register(errorHandler, { onFailure: metrics.failed })
  await app.register(requestReport, { metrics })
  await app.register(securityHeaders, { publicUrl })
  await app.register(overload)
  if (config.uiAccount !== undefined) await app.register(uiBasicAuth, { account: config.uiAccount, limits })
  await app.register(sameOrigin, { publicUrl })
  const trustsProxy = config.trustProxy.length > 0
  const secrets = session.secrets.length > 0 ? session.secrets : [randomBytes(32).toString('base64url')]
  const cookie = await registerSessionCookie(app, { ...session, secrets, basePath, publicUrl, trustsProxy })
  const sessions = createSessions({
    cookie,
    store,
    account: registry.authType === 'none' ? undefined : registry.account,
  })

  const { subjectOf } = sessions
  const mayDelete = createChangeRule({
    allowed: config.allowDelete,
    uiProtected: config.uiAccount !== undefined,
    publicUrl,
  })
  const paging = new Paging({
    secrets,
    onUnreadable: ({ kind, repository }, why) =>
      app.log.warn({ list: kind, repository }, `a list of the registry cannot be read to its end: ${why}`),
  })
  const tagDeletion = new TagDeletion(client, reader)
  const planner = new Planner({ client, paging, reader, infoCache, tagDeletion })
  const planAction = createPlanAction({ planner, limiter, subjectOf, mayDelete, onFailure: metrics.failed })
  const deletions = new Deletions({
    client,
    reader,
    limiter,
    tagDeletion,
    uiUser: config.uiAccount?.username,
  })

  await app.register(health, { registryState, storeIsReachable: store.isReachable })
  await app.register(metricsRoute, { metrics })
  await app.register(sessionRoutes, { config, version: VERSION, cookie, sessions, client, limits })
  await app.register(registryProxy, {
    registryOrigin: registry.origin,
    basePath,
    client,
    paging,
    limiters: { registry: limiter, blobs: registryLimiter() },
    subjectOf,
    mayDelete,
    deletions,
  })
  await app.register(repositoryRoutes, {
    actions: {
      summaries: summariesAction({ streams, subjectOf, onFailure: metrics.failed }),
      'deletion-plan': planAction,
      deletions: createDeletionsAction(app, { deletions, subjectOf, mayDelete }),
    },
  })
  await app.register(branding, config.branding)
  await app.register(spa, { root: clientRoot, basePath, title, branding: config.branding })
  return app
}
