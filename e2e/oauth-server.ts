// A token server that behaves like opendns/registry-oauth-server: it reads only the first `scope`, wants exactly
// three colon-separated parts in it, takes any password, sends no expires_in and 401 Basic without credentials.

import { createSign, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { ACCOUNTS } from './accounts.ts'
import type { SigningKey } from './signing-key.ts'

export interface OauthServer {
  /** Requests so far. */
  requests(): number
  close(): Promise<void>
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

function sign(claims: object, key: SigningKey): string {
  const text = `${encode({ typ: 'JWT', alg: 'RS256', kid: key.keyId })}.${encode(claims)}`
  return `${text}.${createSign('RSA-SHA256').update(text).sign(readFileSync(key.keyFile), 'base64url')}`
}

function mayRead(user: string, type: string, name: string): boolean {
  const account = Object.hasOwn(ACCOUNTS, user) ? ACCOUNTS[user as keyof typeof ACCOUNTS] : undefined
  if (account === undefined) return false
  if (type === 'registry') return account.catalog
  return account.reads.some((glob) => glob === '*' || name.startsWith(glob.slice(0, -1)))
}

/** @param lifetimeSeconds  of a token. Distribution takes one for a minute after its end too. */
export async function startOauthServer(
  port: number,
  issuer: string,
  key: SigningKey,
  lifetimeSeconds = 300,
): Promise<OauthServer> {
  let count = 0
  function respond(request: IncomingMessage, response: ServerResponse): void {
    count++
    const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    if (basic === undefined) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="oauth"' }).end()
      return
    }
    const user = Buffer.from(basic, 'base64').toString('utf8').split(':', 1)[0] ?? ''
    const query = new URL(request.url ?? '/', 'http://t').searchParams
    const scope = query.get('scope')
    const parts = scope?.split(':') ?? []
    if (scope !== null && parts.length !== 3) {
      response.writeHead(400).end('invalid scope')
      return
    }
    const [type = '', name = '', actions = ''] = parts
    const allowed = scope !== null && mayRead(user, type, name)
    const access = allowed ? [{ type, name, actions: actions.split(',') }] : []
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: issuer,
      sub: user,
      aud: query.get('service') ?? '',
      exp: now + lifetimeSeconds,
      nbf: now - 5,
      iat: now,
      jti: randomUUID(),
      access,
    }
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ token: sign(claims, key) }))
  }
  const server = createServer(respond).listen(port, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    requests: () => count,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
