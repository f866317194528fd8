// /api/session and /api/config: who am I, log in, log out, and what this Gantry offers.

import type { FastifyPluginAsync } from 'fastify'
import type { AuthType, ConfigResponse } from '../../shared/api/config.ts'
import { type LoginRequest, loginSchema, type SessionResponse } from '../../shared/api/session.ts'
import type { Config } from '../config/config.ts'
import { gatewayError } from '../errors.ts'
import type { RegistryClient } from '../registry/client.ts'
import type { SessionCookie } from '../sessions/cookie.ts'
import type { LoginLimits } from '../sessions/login-limits.ts'
import type { Sessions } from '../sessions/sessions.ts'

export interface SessionRoutesOptions {
  readonly config: Config
  readonly version: string
  readonly cookie: Pick<SessionCookie, 'isHttps'>
  readonly sessions: Sessions
  readonly client: Pick<RegistryClient, 'login' | 'authType'>
  readonly limits: Pick<LoginLimits, 'guard'>
}

const NOBODY: SessionResponse = { user: null, verified: false }

const bodySchema = loginSchema()

function readLogin(body: unknown): LoginRequest {
  const login = bodySchema.safeParse(body)
  if (login.success) return login.data
  const field = login.error.issues[0]?.path[0]
  const words =
    field === 'username'
      ? 'The username must have 1 to 256 characters, no colon and no control characters.'
      : field === 'password'
        ? 'The password must have 1 to 4096 characters and no control characters.'
        : 'A login is {"username": "…", "password": "…"}.'
  throw gatewayError('body_invalid', { expected: words })
}

function refuseLoginWhereNone(offered: boolean, type: AuthType): void {
  if (type === 'none') throw gatewayError('no_login')
  if (!offered) throw gatewayError('login_off')
}

export const sessionRoutes: FastifyPluginAsync<SessionRoutesOptions> = async (app, options) => {
  const { config, sessions, client, cookie, limits } = options
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })

  app.get('/api/config', async (): Promise<ConfigResponse> => {
    const authType = client.authType()
    return {
      title: config.title,
      registry: config.registry.publicAddress,
      login: config.login && authType !== 'none',
      serviceAccount: config.registry.account !== undefined && authType !== 'none',
      delete: config.allowDelete,
      authType,
      repositories: config.repositories,
      version: options.version,
    }
  })

  app.get('/api/session', async (request): Promise<SessionResponse> => {
    const session = await sessions.current(request)
    return session === undefined ? NOBODY : { user: session.credentials.username, verified: session.verified }
  })

  app.post('/api/session', async (request): Promise<SessionResponse> => {
    refuseLoginWhereNone(config.login, client.authType())
    const credentials = readLogin(request.body)
    const { verified } = await limits.guard(credentials.username, request.ip, () => client.login(credentials))
    await sessions.begin(request, { credentials, verified })
    return { user: credentials.username, verified }
  })

  app.delete('/api/session', async (request, reply): Promise<SessionResponse> => {
    await sessions.end(request)
    // browsers take it over https only; Vary: Cookie keeps the cache apart everywhere
    if (cookie.isHttps(request)) reply.header('clear-site-data', '"cache"')
    return NOBODY
  })
}
