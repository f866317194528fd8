// Recognisable secrets, and the requests that carry them.

import type { InjectOptions } from 'fastify'
import type { World } from './world.ts'

export const PASSWORD = 'canary-password-7f3a'
export const WRONG = 'canary-wrong-7f3b'
/** Of `REGISTRY_USERNAME` admin. */
export const SERVICE = 'canary-service-7f3c'
/** Of `UI_USERNAME` page. */
export const PAGE = 'canary-page-7f3d'
export const SESSION_SECRET = 'canary-session-secret-7f3e-0123456789'
/** Sent only by a registry or token server: in signed URLs, realms, and unusable tokens. */
export const SIGNATURE = 'canary-signature-7f3f'
/** Sent by a client in the wrong place. */
export const TYPED = 'canary-typed-7f40'
const ALL = [PASSWORD, WRONG, SERVICE, PAGE, SESSION_SECRET, SIGNATURE, TYPED]

const base64 = (text: string) => Buffer.from(text).toString('base64').replace(/=+$/, '')

/** All of them, in every encoding. */
export const SPELLINGS = ALL.flatMap((secret) => [
  secret,
  encodeURIComponent(secret),
  base64(secret),
  ...['mira', 'admin', 'page', 'nobody'].map((name) => base64(`${name}:${secret}`)),
])

const json = { 'content-type': 'application/json' }
const SUMMARIES = '/api/repositories/payments/api/summaries'
const post = (url: string, payload: string, more: Record<string, string> = {}): InjectOptions => ({
  method: 'POST',
  url,
  payload,
  headers: { ...json, ...more },
})

/** One request for each way Gantry contacts the registry and the token server. */
export function upstreamRequests({ digests }: World): InjectOptions[] {
  const reads = ['tags/list', 'manifests/1.0', `blobs/${digests.config}`, `referrers/${digests.manifest}`]
  return [
    ...['/v2/', '/v2/_catalog', ...reads.map((path) => `/v2/payments/api/${path}`)].map((url) => ({ url })),
    { url: '/readyz' },
    post(SUMMARIES, '{"tags":["1.0","none"]}'),
    post('/api/session', `{"username":"mira","password":"${WRONG}"}`),
    post('/api/session', `{"username":"nobody","password":"${WRONG}"}`),
    { method: 'DELETE', url: '/v2/payments/api/manifests/none' },
  ]
}

const PAGES = ['/', '/login', '/r/payments/api:1.0', '/containers/payments/api', '/assets/none.js', '/none']
const ENDS = [
  '/api/none',
  '/api/config',
  '/api/session',
  '/livez',
  '/metrics',
  '/v2/a/../b',
  '/v2/%zz',
  '/%zz',
]
const BODIES = [
  `{"username":"mira","password":"${WRONG}`,
  WRONG,
  `{"username":"mira","password":"${WRONG}","${TYPED}":"${TYPED}"}`,
  `{"username":"${TYPED}:","password":"${WRONG}"}`,
  `{"__proto__":"${WRONG}"}`,
  `{"tags":["${TYPED}?"]}`,
  `{"tags":"${TYPED}"}`,
]

/** Every route, with secrets in every place that a client can put one. */
export function clientRequests(world: World): InjectOptions[] {
  const reads = upstreamRequests(world).filter(({ method }) => method === undefined)
  const urls = [...PAGES, ...ENDS, ...reads.map(({ url }) => String(url))]
  return [
    ...urls.flatMap((url) => [
      { url: `${url}?password=${TYPED}&n=5`, headers: { accept: 'text/html' } },
      { url: `${url}?password=${TYPED}`, headers: { authorization: `Bearer ${TYPED}` } },
    ]),
    ...['/api/session', SUMMARIES, '/api/none', `/v2/?x=${TYPED}`].flatMap((url) =>
      BODIES.map((body) => post(url, body)),
    ),
    post('/api/session', `password=${WRONG}`, { 'content-type': 'application/x-www-form-urlencoded' }),
    post('/api/session', `{"username":"mira","password":"${WRONG}"}`, { origin: 'http://evil.example' }),
    { method: 'DELETE', url: `/api/session?x=${TYPED}`, headers: { 'sec-fetch-site': 'cross-site' } },
  ]
}
