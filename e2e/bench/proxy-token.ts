// The same with a login: what warm tokens cost. The registry verifies each token, which is its own loss: it is
// measured beside, directly and behind nginx with a fixed token.

import { join } from 'node:path'
import { ACCEPT_MANIFESTS } from '../../shared/oci/media-types.ts'
import { ACCOUNTS } from '../accounts.ts'
import { startTokenServer } from '../token-servers.ts'
import { byTurns, median, medianRatio } from './measure.ts'
import { inPlace, type Server } from './place.ts'
import type { Bench, Row } from './report.ts'
import { createRegistryStorage, putImage } from './storage.ts'
import { wrk } from './wrk.ts'

const ROUNDS = 5
const SECONDS = 4
/** docker_auth says nothing of how long its tokens last: 60 s, renewed a little before. */
const TOKEN_SECONDS = 50
const REPOSITORY = 'payments/app'
const PATH = `/v2/${REPOSITORY}/manifests/1.0`
const { password } = ACCOUNTS.mira

/** The cookie of a login, as a browser would send it. */
export async function logIn({ origin }: Server): Promise<string> {
  const answer = await fetch(`${origin}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'mira', password }),
  })
  const cookie = answer.headers.getSetCookie().find((text) => !text.includes('=;'))
  if (answer.status !== 200 || cookie === undefined) throw new Error(`login: ${answer.status}`)
  return cookie.split(';', 1)[0] ?? ''
}

/** A token as the registry's challenge asks for it. */
async function fetchToken({ origin }: Server): Promise<string> {
  const challenge = (await fetch(origin + PATH)).headers.get('www-authenticate') ?? ''
  const part = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? ''
  const query = new URLSearchParams({ service: part('service'), scope: part('scope') })
  const authorization = `Basic ${Buffer.from(`mira:${password}`).toString('base64')}`
  const answer = await fetch(`${part('realm')}?${query}`, { headers: { authorization } })
  const { token } = (await answer.json()) as { token: string }
  return token
}

export const proxyToken: Bench = {
  name: 'proxy-token',
  needs: ['registry', 'auth_server', 'htpasswd', 'openssl', 'nginx', 'wrk'],
  run: () =>
    inPlace(async (place) => {
      const data = join(place.folder, 'data')
      const storage = createRegistryStorage(data)
      putImage(storage, REPOSITORY, { number: 1, tags: ['1.0'], layer: storage.putZeros(1024 * 1024) })
      const tokens = await startTokenServer('distribution 3.1 + docker_auth', place.folder)
      place.keep(tokens)
      const open = await place.distribution({ data })
      const guarded = await place.distribution({ data, auth: tokens.registryAuth })
      const [openGantry, guardedGantry, openNginx, guardedNginx] = [
        await place.gantry(open.origin),
        await place.gantry(guarded.origin),
        await place.nginx(open.origin, 'auto'),
        await place.nginx(guarded.origin, 'auto'),
      ]
      const bare = { Accept: ACCEPT_MANIFESTS }
      const withToken = { ...bare, Authorization: `Bearer ${await fetchToken(guarded)}` }
      const withCookie = { ...bare, Cookie: await logIn(guardedGantry) }
      const load =
        ({ origin }: Server, headers: Record<string, string>) =>
        async () =>
          (await wrk(place, origin + PATH, { seconds: SECONDS, connections: 32, headers })).perSecond
      const subjects = {
        open: load(openGantry, bare),
        guarded: load(guardedGantry, withCookie),
        openNginx: load(openNginx, bare),
        guardedNginx: load(guardedNginx, withToken),
        openRegistry: load(open, bare),
        guardedRegistry: load(guarded, withToken),
      }
      await subjects.open()
      await subjects.guarded()
      const before = tokens.requests()
      const started = performance.now()
      const results = await byTurns(ROUNDS, subjects)
      const expiries = Math.ceil((performance.now() - started) / 1000 / TOKEN_SECONDS)
      if (tokens.requests() > before + expiries) throw new Error('tokens are fetched anew: this is not warm')
      return rowsOf(results)
    }),
}

function rowsOf(results: Record<string, number[]>): Row[] {
  const row = (what: string, guarded: string, open: string, goal?: Row['goal']): Row => ({
    what,
    unit: 'requests/s',
    baseline: { of: 'without auth', value: median(results[open] ?? []) },
    value: median(results[guarded] ?? []),
    ratio: medianRatio(results[guarded] ?? [], results[open] ?? []),
    ...(goal && { goal }),
  })
  return [
    row('manifests with warm token auth', 'guarded', 'open', { of: 'ratio', atLeast: 0.95 }),
    row('what the registry loses to tokens, asked by nginx', 'guardedNginx', 'openNginx'),
    row('what the registry loses to tokens, asked directly', 'guardedRegistry', 'openRegistry'),
  ]
}
