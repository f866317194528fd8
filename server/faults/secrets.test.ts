// Row 52 of the fault matrix: secrets that can be recognised go through every route and every failure, and must not
// appear in any response, log line or metric.

import type { InjectOptions } from 'fastify'
import { expect, test } from 'vitest'
import {
  clientRequests,
  PAGE,
  PASSWORD,
  SERVICE,
  SESSION_SECRET,
  SIGNATURE,
  SPELLINGS,
  TYPED,
  upstreamRequests,
  WRONG,
} from '../testing/canaries.ts'
import type { Fault } from '../testing/faults.ts'
import { captureLog, WORLD_USERS, type World, type WorldOptions, world } from '../testing/world.ts'

const users = {
  ...WORLD_USERS,
  mira: { password: PASSWORD, access: WORLD_USERS.admin?.access ?? [] },
  admin: { password: SERVICE, access: WORLD_USERS.admin?.access ?? [] },
}
const page = `Basic ${Buffer.from(`page:${PAGE}`).toString('base64')}`

interface Heard {
  /** Status, header fields and body of every response. */
  readonly responses: string[]
  readonly log: string[]
  /** Secrets created during the test: cookies and tokens. */
  readonly made: Set<string>
}

function note(
  { responses, made }: Heard,
  { statusCode, headers, body, cookies }: Awaited<ReturnType<World['app']['inject']>>,
) {
  // the one field that legitimately carries a secret
  const { 'set-cookie': _own, ...fields } = headers
  for (const { value } of cookies) if (value !== '') made.add(value)
  responses.push(`${statusCode} ${JSON.stringify(fields)}\n${body}`)
}

/** Sent with every request: header fields with secrets. */
const careless = {
  host: 'localhost',
  referer: `http://localhost/?next=${TYPED}`,
  'proxy-authorization': `Bearer ${TYPED}`,
  'x-api-key': TYPED,
  'x-request-id': TYPED,
}

/** Logs in, lets the fault begin, and asks. */
async function hear(
  options: WorldOptions,
  begin: (made: World) => unknown,
  requests: (made: World) => readonly InjectOptions[],
): Promise<Heard> {
  const env = { SESSION_SECRET, REGISTRY_TIMEOUT: '1', REGISTRY_ALLOW_DELETE: 'true', ...options.env }
  const made = await world({ ...options, env, tokenServer: { users, ...options.tokenServer } })
  const heard: Heard = { responses: [], log: captureLog(made.app, 'trace'), made: new Set() }
  const headers = { ...careless, authorization: page }
  const payload = { username: 'mira', password: PASSWORD }
  const login = await made.app.inject({ method: 'POST', url: '/api/session', headers, payload })
  note(heard, login)
  const cookie = login.cookies.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`).join('; ')
  const ask = (request: InjectOptions) =>
    made.app.inject({ ...request, headers: { ...headers, cookie, ...request.headers } })
  note(heard, await ask({ url: '/v2/payments/api/tags/list' }))
  await begin(made)
  // together, so that time-outs cost one second and not one each
  // a response that breaks off is not checked
  for (const result of await Promise.allSettled(requests(made).map(ask)))
    if (result.status === 'fulfilled') note(heard, result.value)
  note(heard, await ask({ method: 'DELETE', url: '/api/session' }))
  note(heard, await ask({ url: '/v2/_catalog' }))
  const metrics = await ask({ url: '/metrics' })
  expect(metrics.body).toContain('gantry_upstream_request_duration_seconds_count')
  note(heard, metrics)
  for (const { headers: sent } of made.registry.requests) {
    const token = /^Bearer (.+)/.exec(sent.authorization ?? '')?.[1]
    if (token !== undefined) heard.made.add(token).add(token.slice(token.lastIndexOf('.') + 1))
  }
  return heard
}

function expectSilence({ responses, log, made }: Heard): void {
  const said = responses.join('\n')
  const written = log.join('')
  const secrets = [...SPELLINGS, ...made]
  expect(secrets.filter((secret) => written.includes(secret))).toEqual([])
  expect(secrets.filter((secret) => said.includes(secret))).toEqual([])
  // nor the key of a session
  expect(written).not.toMatch(/session:[\w-]{10}/)
}

const failing = (status: number, message: string): Fault => ({
  kind: 'respond',
  status,
  headers: { 'content-type': 'application/json', 'x-secret': SIGNATURE, location: `/?sig=${SIGNATURE}` },
  body: JSON.stringify({ errors: [{ code: 'UNKNOWN', message, detail: SIGNATURE }] }),
})
/** The registry echoes the Authorization it received in its error message. */
const echo = ({ registry }: World) =>
  registry.faults.add({
    match: ({ headers }) => headers.authorization !== undefined,
    fault: ({ headers: { authorization = '' } }) =>
      failing(404, `no use for ${authorization} (${Buffer.from(authorization.slice(6), 'base64')})`),
  })
const everywhere = (fault: Fault) => (made: World) => void made.registry.faults.add({ match: /./, fault })
const atTokenServer = (fault: Fault) => (made: World) => {
  // what is in the cache would keep the fault from being met
  made.registry.faults.add({
    match: /./,
    fault: { kind: 'respond', status: 401, headers: { 'www-authenticate': bearer(made.tokenServer.realm) } },
  })
  made.tokenServer.faults.add({ match: /./, fault })
}
const bearer = (realm: string) => `Bearer realm="${realm}",service="registry.demo",scope="registry:catalog:*"`
const challenged = (realm: string) =>
  everywhere({ kind: 'respond', status: 401, headers: { 'www-authenticate': bearer(realm) } })
const redirected = (location: string) => (made: World) =>
  void made.registry.faults.add({ match: /blobs|manifests|tags/, fault: { kind: 'redirect', location } })
const json = { 'content-type': 'application/json' }

const service = { REGISTRY_USERNAME: 'admin', REGISTRY_PASSWORD: SERVICE, ALLOW_REGISTRY_LOGIN: 'true' }
const closed = { UI_USERNAME: 'page', UI_PASSWORD: PAGE }

test.each<[string, WorldOptions]>([
  ['a login', {}],
  ['a service account and a password on the page', { env: { ...service, ...closed } }],
  ['no auth', { auth: 'none' }],
])(
  'row 52: canary secrets in every place a client can put one, %s: absent from log and responses',
  async (_name, options) => {
    const heard = await hear(
      options,
      () => {},
      (made) => [...clientRequests(made), ...upstreamRequests(made)],
    )
    expect([heard.responses.length > 60, heard.log.length > 100]).toEqual([true, true])
    expectSilence(heard)
  },
)

test.each<[string, WorldOptions, (made: World) => unknown]>([
  ['a service account whose password is wrong', { env: { ...service, REGISTRY_PASSWORD: WRONG } }, () => {}],
  ['basic auth', { auth: 'basic', env: service }, () => {}],
  [
    'basic auth at a registry that is down',
    { auth: 'basic', env: service },
    ({ registry }) => registry.close(),
  ],
  ['a registry that is down', {}, ({ registry }) => registry.close()],
  ['a registry that is silent', {}, everywhere({ kind: 'silence' })],
  ['a registry that resets', {}, everywhere({ kind: 'disconnect' })],
  ['a registry that does not speak HTTP', {}, everywhere({ kind: 'raw', bytes: `${SIGNATURE}\r\n` })],
  ['a registry that breaks off', {}, everywhere({ kind: 'cut', bytes: 1, end: 'disconnect' })],
  ['a registry with faults of its own', {}, everywhere({ kind: 'respond', status: 500, body: SIGNATURE })],
  [
    'a registry that responds with 403',
    {},
    everywhere({ kind: 'respond', status: 403, headers: json, body: `"${SIGNATURE}"` }),
  ],
  [
    'a registry that sends a page',
    {},
    everywhere({
      kind: 'respond',
      status: 200,
      headers: { 'content-type': 'text/html' },
      body: '<h1>Welcome</h1>',
    }),
  ],
  ['a registry that repeats what it was sent', {}, echo],
  ['a registry that repeats a service account', { auth: 'basic', env: service }, echo],
  [
    'an unknown challenge',
    {},
    everywhere({ kind: 'respond', status: 401, headers: { 'www-authenticate': `Negotiate ${SIGNATURE}` } }),
  ],
  ['a realm elsewhere, with secrets', {}, challenged(`http://u:${SIGNATURE}@127.0.0.1:9/?x=${SIGNATURE}`)],
  ['a realm that cannot be read', {}, challenged(`http://u:${SIGNATURE}@[?x=${SIGNATURE}`)],
  ['a realm of another scheme', {}, challenged(`ftp://u:${SIGNATURE}@h/?x=${SIGNATURE}`)],
  ['a token server that is down', { env: { TOKEN_CACHE: '0' } }, ({ tokenServer }) => tokenServer.close()],
  ['a token server that is silent', {}, atTokenServer({ kind: 'silence' })],
  [
    'a token server with faults of its own',
    {},
    atTokenServer({ kind: 'respond', status: 500, body: SIGNATURE }),
  ],
  [
    'an unusable token',
    {},
    atTokenServer({ kind: 'respond', status: 200, body: `{"token":"${SIGNATURE}\\r\\n"}` }),
  ],
  [
    'a token in invalid JSON',
    {},
    atTokenServer({ kind: 'respond', status: 200, body: `{"token":"${SIGNATURE}` }),
  ],
  [
    'a token in the wrong place',
    {},
    atTokenServer({ kind: 'respond', status: 200, body: `{"token":{"${SIGNATURE}":"${SIGNATURE}"}}` }),
  ],
  [
    'a token server that redirects',
    {},
    atTokenServer({ kind: 'redirect', location: `http://127.0.0.1:9/?x=${SIGNATURE}` }),
  ],
  [
    'a token server that responds with 401',
    {},
    atTokenServer({ kind: 'respond', status: 401, body: SIGNATURE }),
  ],
  ['a signed URL that is down', {}, redirected(`http://127.0.0.1:9/x?X-Amz-Signature=${SIGNATURE}`)],
  ['a signed URL that does not resolve', {}, redirected(`http://none.invalid/?sig=${SIGNATURE}`)],
  ['a signed URL at the metadata service', {}, redirected(`http://169.254.169.254/?sig=${SIGNATURE}`)],
  ['a signed URL that cannot be read', {}, redirected(`http://[/?sig=${SIGNATURE}`)],
  ['a signed URL with a user name', {}, redirected(`http://u:${SIGNATURE}@127.0.0.1:9/`)],
])(
  'row 52: canary secrets, %s: absent from the log at trace and from every response',
  async (_name, options, begin) => {
    const heard = await hear(options, begin, upstreamRequests)
    expect([heard.responses.length > 10, heard.log.length > 20]).toEqual([true, true])
    expectSilence(heard)
  },
)
