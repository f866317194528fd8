// A token server inside this process, for the demo, the tests and the faults.

import { generateKeyPairSync, randomUUID, verify } from 'node:crypto'
import { decodeJwt, SignJWT } from 'jose'
import {
  type Access,
  type AccessRule,
  type BasicCredentials,
  grant,
  parseScope,
  readBasic,
} from './access.ts'
import { createFaults, type FakeResponse, type Faults } from './faults.ts'
import { type DemoServer, json, queryOf, type RecordedRequest, startServer } from './http-server.ts'

export interface DemoUser {
  readonly password: string
  readonly access: readonly AccessRule[]
}

/**
 * How it behaves:
 * - `docker_auth`: every `scope` counts, a wrong password is 401, `account` must agree with the user.
 * - `registry-oauth-server`: reads only the first `scope`, which must have three parts (else 400), takes any
 *   password and never says how long a token lives.
 */
export type TokenServerModel = 'docker_auth' | 'registry-oauth-server'

export interface TokenServerOptions {
  /** Default 0: any free one. */
  readonly port?: number
  /** Audience of the tokens; a request for another service is 400. */
  readonly service: string
  readonly users: Readonly<Record<string, DemoUser>>
  /** What a request without credentials is granted; undefined: it is 401. */
  readonly anonymous?: readonly AccessRule[]
  /** How long tokens live; `absent` (the default, as both models do): 900 s, but the response does not say so. */
  readonly expiresInSeconds?: number | 'absent'
  readonly model?: TokenServerModel
  /** PEM. Serves https. */
  readonly tls?: { readonly key: string; readonly cert: string }
  readonly faults?: Faults
  /** Default true; false keeps `requests` empty. */
  readonly record?: boolean
}

export interface ReadToken {
  /** The user's name; '' if anonymous. */
  readonly subject: string
  readonly access: readonly Access[]
}

export interface DemoTokenServer extends DemoServer {
  /** What registries name in their challenge. */
  readonly realm: string
  /** What a token of this server says; undefined if it is forged, expired or for another service. */
  readToken(token: string): ReadToken | undefined
  verifyToken(token: string): readonly Access[] | undefined
}

const UNSAID_LIFETIME_SECONDS = 900

interface TokenKeys {
  sign(subject: string, access: readonly Access[], lifetimeSeconds: number): Promise<string>
  read(token: string): ReadToken | undefined
}

/** Signs and reads tokens (ES256) of one service with a key that lives as long as this process. */
function createTokenKeys(service: string): TokenKeys {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const
  return {
    sign: (subject, access, lifetimeSeconds) =>
      new SignJWT({ access })
        .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
        .setIssuer('Gantry demo')
        .setAudience(service)
        .setSubject(subject)
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime(Math.floor(Date.now() / 1000) + lifetimeSeconds)
        .sign(privateKey),
    read(token) {
      const parts = token.split('.')
      const signed = Buffer.from(parts.slice(0, 2).join('.'))
      // jose verifies with promises only; the registry needs the result synchronously
      if (parts.length !== 3 || !verify('sha256', signed, key, Buffer.from(parts[2] ?? '', 'base64url')))
        return undefined
      const { sub = '', aud, exp = 0, access } = decodeJwt<{ access: readonly Access[] }>(token)
      return aud === service && exp * 1000 > Date.now() ? { subject: sub, access } : undefined
    },
  }
}

function refused(realm: string): FakeResponse {
  return {
    status: 401,
    headers: { 'www-authenticate': `Basic realm="${realm}"`, 'content-type': 'text/plain; charset=utf-8' },
    body: 'Auth failed.\n',
  }
}

function badRequest(text: string): FakeResponse {
  return {
    status: 400,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: `Bad request: ${text}\n`,
  }
}

/** The rules for these credentials; undefined if the credentials are rejected. */
function rulesOf(
  given: BasicCredentials | undefined,
  { users, anonymous, model }: TokenServerOptions,
): readonly AccessRule[] | undefined {
  if (given === undefined) return model === 'registry-oauth-server' ? undefined : anonymous
  const user = Object.hasOwn(users, given.username) ? users[given.username] : undefined
  if (model === 'registry-oauth-server') return user?.access ?? []
  return user?.password === given.password ? user.access : undefined
}

/** The requested resources; undefined if the scope is malformed. */
function readScopes(query: URLSearchParams, model: TokenServerModel): readonly Access[] | undefined {
  const sent = query.getAll('scope').filter((scope) => scope !== '')
  if (model === 'registry-oauth-server') {
    const first = sent.slice(0, 1)
    return first.every((scope) => scope.split(':').length === 3) ? first.flatMap(oneScope) : undefined
  }
  // one parameter may hold several, separated by spaces
  const scopes = sent.flatMap((scope) => scope.split(' ')).map(parseScope)
  return scopes.every((scope) => scope !== undefined) ? scopes : undefined
}

function oneScope(scope: string): readonly Access[] {
  const access = parseScope(scope)
  return access === undefined ? [] : [access]
}

async function response(
  request: RecordedRequest,
  keys: TokenKeys,
  realm: string,
  options: TokenServerOptions,
): Promise<FakeResponse> {
  if (request.method !== 'GET' || request.url.split('?', 1)[0] !== '/auth') return { status: 404 }
  const { expiresInSeconds = 'absent', model = 'docker_auth' } = options
  const query = queryOf(request)
  const given = readBasic(request.headers.authorization)
  const account = query.get('account')
  if (model === 'docker_auth' && given !== undefined && account !== null && account !== given.username)
    return badRequest('user and account are not the same')
  const rules = rulesOf(given, options)
  if (rules === undefined) return refused(realm)
  if (model === 'docker_auth' && query.get('service') !== options.service)
    return badRequest('unknown service')
  const asked = readScopes(query, model)
  if (asked === undefined) return badRequest('invalid scope')
  const granted = asked.map((access) => grant(access, rules))
  const lifetimeSeconds = expiresInSeconds === 'absent' ? UNSAID_LIFETIME_SECONDS : expiresInSeconds
  const token = await keys.sign(given?.username ?? '', granted, lifetimeSeconds)
  if (model === 'registry-oauth-server') return json({ token })
  const expiry = expiresInSeconds === 'absent' ? {} : { expires_in: expiresInSeconds }
  return json({ access_token: token, token, ...expiry })
}

/**
 * Starts a token server on loopback; it serves `GET /auth`.
 *
 * @returns also its recorded requests (`requests[n].user`: the user) and a reader of its tokens.
 * @throws if the port is taken.
 */
export async function startTokenServer(options: TokenServerOptions): Promise<DemoTokenServer> {
  const keys = createTokenKeys(options.service)
  let realm = ''
  const server = await startServer({
    port: options.port ?? 0,
    tls: options.tls,
    faults: options.faults ?? createFaults(),
    record: options.record ?? true,
    handle: (request) => response(request, keys, realm, options),
  })
  realm = `${server.origin}/auth`
  return { ...server, realm, readToken: keys.read, verifyToken: (token) => keys.read(token)?.access }
}
