// UI_USERNAME: a password for the page itself. Only this may open the browser's native login prompt.

import { createHash, timingSafeEqual } from 'node:crypto'
import basicAuth from '@fastify/basic-auth'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { gatewayError } from '../errors.ts'
import type { Credentials } from '../registry/subject.ts'
import type { LoginLimits } from '../sessions/login-limits.ts'

export interface UiBasicAuthOptions {
  readonly account: Credentials
  readonly limits: Pick<LoginLimits, 'admitToPage' | 'noteRefusedAtPage'>
}

/** For probes, which have no password. */
const OPEN = new Set(['/livez', '/readyz'])

/** Compares in constant time. Hashing first hides the lengths too. */
function same(a: string, b: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(a), hash(b))
}

export const uiBasicAuth = fp(async (app: FastifyInstance, { account, limits }: UiBasicAuthOptions) => {
  await app.register(basicAuth, {
    authenticate: { realm: 'Gantry' },
    utf8: true,
    async validate(username, password, { ip }) {
      limits.admitToPage(ip)
      const [nameIsRight, passwordIsRight] = [
        same(username, account.username),
        same(password, account.password),
      ]
      if (nameIsRight && passwordIsRight) return
      await limits.noteRefusedAtPage(ip)
      throw gatewayError('page_password_required')
    },
  })
  app.addHook('onRequest', (request, reply, done) => {
    if (OPEN.has(request.routeOptions.url ?? '')) return done()
    app.basicAuth(request, reply, done)
  })
})
