// Every route that changes the registry passes one rule: a table over all routes.

import { expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { parseConfig } from '../config/config.ts'
import { type Deletable, REPOSITORY, start } from '../testing/deletable-world.ts'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** Routes that change the registry, with a request that each accepts. */
const CHANGING: Readonly<Record<string, (made: Deletable) => { url: string; payload?: object }>> = {
  'DELETE /v2/*': () => ({ url: `/v2/${REPOSITORY}/manifests/1.0` }),
  'POST /api/repositories/* deletions': ({ digests }) => ({
    url: `/api/repositories/${REPOSITORY}/deletions`,
    payload: { steps: [{ digest: digests.manifest, tag: '1.0' }] },
  }),
  // it deletes nothing, but shows what a deletion would do, and tries to delete a tag that does not exist
  'POST /api/repositories/* deletion-plan': () => ({
    url: `/api/repositories/${REPOSITORY}/deletion-plan`,
    payload: { tags: ['1.0'] },
  }),
}

/** Other routes with methods that are not safe, and why the rule does not apply to them. */
const OTHERS: Readonly<Record<string, string>> = {
  'POST /api/session': 'logs in: changes a session, not the registry',
  'DELETE /api/session': 'logs out',
  'POST /api/repositories/* summaries': 'reads, with its tags in the body',
  'POST /v2/*': 'always 405',
  'PUT /v2/*': 'always 405',
  'PATCH /v2/*': 'always 405',
  'DELETE /v2': 'the ping cannot be deleted: always 405',
  'POST /v2': 'always 405',
  'PUT /v2': 'always 405',
  'PATCH /v2': 'always 405',
}

/** Every route whose method is not safe, by method, path and constraint. */
async function unsafeRoutes(): Promise<readonly string[]> {
  const found: string[] = []
  const config = parseConfig({ REGISTRY_URL: 'http://127.0.0.1:9', LOG_LEVEL: 'silent' })
  const app = await buildApp(config, {
    onRoute({ method, url, constraints }) {
      for (const name of [method].flat())
        if (!SAFE.has(name)) found.push([name, url, constraints?.lastSegment].filter(Boolean).join(' '))
    },
  })
  await app.close()
  return found
}

test('every route is in the table', async () => {
  const routes = await unsafeRoutes()
  expect([...routes].sort()).toEqual([...Object.keys(CHANGING), ...Object.keys(OTHERS)].sort())
})

interface Situation {
  readonly auth?: 'none'
  readonly env?: Readonly<Record<string, string>>
  readonly host?: string
  readonly loggedIn?: boolean
  readonly uiPassword?: boolean
}
const SERVICE = { REGISTRY_USERNAME: 'admin', REGISTRY_PASSWORD: 'admin-secret' }
const UI = { UI_USERNAME: 'ui', UI_PASSWORD: 'pw' }

const situations: readonly (readonly [string, Situation, number, string | undefined])[] = [
  ['the flag is off', { env: { REGISTRY_ALLOW_DELETE: 'false' }, loggedIn: true }, 405, 'deletion_off'],
  ['the service account, for everybody', { env: SERVICE }, 403, 'deletion_needs_login'],
  [
    'the service account behind UI_USERNAME',
    { env: { ...SERVICE, ...UI }, uiPassword: true },
    200,
    undefined,
  ],
  [
    'a guest under a Host that may be spoofed',
    { auth: 'none', host: 'evil.example' },
    403,
    'deletion_needs_public_url',
  ],
  ['a guest under an IP address', { auth: 'none', host: '127.0.0.1:8080' }, 200, undefined],
  [
    'a guest with PUBLIC_URL set',
    { auth: 'none', host: 'gantry.example', env: { PUBLIC_URL: 'https://gantry.example' } },
    200,
    undefined,
  ],
  ['a login, under any Host', { host: 'evil.example', loggedIn: true }, 200, undefined],
]

const table = Object.keys(CHANGING).flatMap((route) =>
  situations.map(
    ([situation, options, status, reason]) => [route, situation, options, status, reason] as const,
  ),
)

test.each(table)('%s, %s', async (route, _situation, options, status, reason) => {
  const { auth, env = {}, host = 'localhost:8080', loggedIn, uiPassword } = options
  const made = await start('single', { ...(auth && { auth }), env, asGuest: !loggedIn })
  const { url, payload } = CHANGING[route]?.(made) ?? { url: '/' }
  const headers = {
    host,
    ...(loggedIn && { cookie: made.cookie }),
    ...(uiPassword && { authorization: `Basic ${Buffer.from('ui:pw').toString('base64')}` }),
  }
  made.registry.requests.length = 0
  const method = route.startsWith('DELETE') ? 'DELETE' : 'POST'
  const response = await made.app.inject({ method, url, headers, ...(payload && { payload }) })
  if (status === 200) expect(response.statusCode).toBeLessThan(300)
  else expect([response.statusCode, response.json().errors[0].detail.reason]).toEqual([status, reason])
  const isDeleted = made.registry.requests.some(
    ({ method, url }) => method === 'DELETE' && url.endsWith('/1.0'),
  )
  expect(isDeleted).toBe(status === 200 && !route.endsWith('deletion-plan'))
})
