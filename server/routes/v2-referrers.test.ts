// The referrers endpoint as the page sees it: its failures affect nothing else.

import { afterEach, expect, test } from 'vitest'
import { parseErrorEnvelope, reasonOf } from '../../shared/errors.ts'
import { ACCEPT_MANIFESTS } from '../../shared/oci/media-types.ts'
import type { FaultRule } from '../testing/faults.ts'
import { startWorld, type WorldOptions } from '../testing/world.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const fault = (status: number, headers = {}): FaultRule['fault'] => ({ kind: 'respond', status, headers })

/** The page's view, after the manifest was read. */
async function refusalOf(what: FaultRule['fault'], options: WorldOptions, isGuest: boolean) {
  const made = await startWorld(options)
  closers.push(made.close)
  made.registry.faults.add({ match: /\/referrers\//, fault: what })
  const accept = ACCEPT_MANIFESTS
  const headers = { accept, ...(!isGuest && { cookie: await made.login('admin') }) }
  const get = (path: string) => made.app.inject({ method: 'GET', url: `/v2/payments/api/${path}`, headers })
  expect((await get('manifests/1.0')).statusCode).toBe(200)
  const answer = await get(`referrers/${made.digests.manifest}`)
  const entry = parseErrorEnvelope(answer.json())?.errors[0]
  const session = await made.app.inject({ method: 'GET', url: '/api/session', headers })
  return { status: answer.statusCode, code: entry?.code, reason: reasonOf(entry), user: session.json().user }
}

const PEOPLE: readonly [string, WorldOptions, boolean][] = [
  ['a guest', { auth: 'none' }, true],
  ['a session by token', { auth: 'token' }, false],
  ['a session by password', { auth: 'basic' }, false],
]
const ANSWERS: readonly [string, FaultRule['fault'], number, string][] = [
  ['404', fault(404), 404, 'NAME_UNKNOWN'],
  ['405', fault(405), 404, 'NAME_UNKNOWN'],
  ['406', fault(406), 404, 'NAME_UNKNOWN'],
  ['501', fault(501), 404, 'NAME_UNKNOWN'],
  ['401 without a challenge', fault(401), 403, 'DENIED'],
  ['403', fault(403), 403, 'DENIED'],
  ['400', fault(400), 502, 'UNAVAILABLE'],
  ['500', fault(500), 502, 'UNAVAILABLE'],
  ['429', fault(429, { 'retry-after': '3' }), 429, 'TOOMANYREQUESTS'],
  [
    'a page',
    { ...fault(200, { 'content-type': 'text/html' }), body: '<p>' } as FaultRule['fault'],
    502,
    'UNAVAILABLE',
  ],
]

test.each(
  PEOPLE.flatMap(([who, options, isGuest]) => ANSWERS.map((row) => [who, ...row, options, isGuest] as const)),
)(
  '%s, %s: no login is requested, and no session ends',
  async (_who, _name, what, status, code, options, isGuest) => {
    expect(await refusalOf(what, options, isGuest)).toMatchObject({
      status,
      code,
      user: isGuest ? null : 'admin',
    })
  },
)

test('a guest who gets no token for it is not sent to the login either', async () => {
  const challenge = 'Bearer realm="REALM",service="registry.demo",scope="repository:payments/api:referrers"'
  const made = await startWorld({ auth: 'none' })
  closers.push(made.close)
  const headers = { 'www-authenticate': challenge.replace('REALM', made.tokenServer.realm) }
  made.tokenServer.faults.add({ match: /./, fault: fault(401) })
  made.registry.faults.add({ match: /\/referrers\//, fault: fault(401, headers) })
  const url = `/v2/payments/api/referrers/${made.digests.manifest}`
  expect((await made.app.inject({ method: 'GET', url })).statusCode).toBe(403)
})

test('a list behind a redirect is not shown as this registry’s', async () => {
  const other = await startWorld({ auth: 'none' })
  closers.push(other.close)
  const location = `${other.registry.origin}/v2/payments/api/referrers/${other.digests.manifest}`
  expect(await refusalOf({ kind: 'redirect', location, status: 303 }, { auth: 'none' }, true)).toMatchObject({
    status: 502,
    reason: 'bad_answer',
  })
})
