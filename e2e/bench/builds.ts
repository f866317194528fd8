// npm run bench:builds -- FOLDER: this build against the build of another checkout, in turn: seven pairs of each row.
// Ratios are of speeds, this one's to the other's: below 1 this one is slower.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ACCEPT_MANIFESTS } from '../../shared/oci/media-types.ts'
import { ROOT } from '../processes.ts'
import { startTokenServer } from '../token-servers.ts'
import { inBrowser } from './browser.ts'
import { putRepositories, show } from './catalog.ts'
import { plan } from './deletion.ts'
import { byTurns, median, medianRatio, timed } from './measure.ts'
import { inPlace, type Place, type Server } from './place.ts'
import { logIn } from './proxy-token.ts'
import { createRegistryStorage, putImage } from './storage.ts'
import { summarise } from './summaries.ts'
import { putTags, TAG_COUNT, TAGGED } from './tags-data.ts'
import { wrk } from './wrk.ts'

const PAIRS = 7
const LOAD = { seconds: 4, connections: 32 }
const PATH = '/v2/payments/app/manifests/1.0'

const [other, ...named] = process.argv.slice(2)
if (other === undefined || !existsSync(join(other, 'dist/server/main.js'))) {
  console.error('Give the folder of a checkout that is built, then the names of rows, or none for all.')
  process.exit(2)
}
const builds = { other, own: ROOT }

/** One measurement of each build a pair. @param unit  `requests/s` counts up, `ms` counts down. */
async function compare(
  what: string,
  unit: 'requests/s' | 'ms',
  measure: (build: string) => Promise<number>,
): Promise<void> {
  const values = await byTurns(PAIRS, { other: () => measure(builds.other), own: () => measure(builds.own) })
  const ratio = unit === 'ms' ? medianRatio(values.other, values.own) : medianRatio(values.own, values.other)
  const [before, after] = [values.other, values.own].map((of) => median(of).toFixed(0))
  console.log(`${what}: ${before} → ${after} ${unit}, ratio ${ratio.toFixed(2)}`)
}

/** Both builds in front of one registry, which stay. */
async function bothOf(place: Place, registry: Server): Promise<Record<string, Server>> {
  return {
    [builds.other]: await place.gantry(registry.origin, {}, [], builds.other),
    [builds.own]: await place.gantry(registry.origin, {}, [], builds.own),
  }
}
const of = (servers: Record<string, Server>, build: string): Server => {
  const server = servers[build]
  if (server === undefined) throw new Error('both builds are started')
  return server
}

const rows: Readonly<Record<string, (place: Place) => Promise<void>>> = {
  async proxy(place) {
    const data = join(place.folder, 'proxy')
    const storage = createRegistryStorage(data)
    putImage(storage, 'payments/app', { number: 1, tags: ['1.0'], layer: storage.putZeros(1024 * 1024) })
    const servers = await bothOf(place, await place.distribution({ data }))
    const load = async (build: string) =>
      (await wrk(place, of(servers, build).origin + PATH, { ...LOAD, headers: { Accept: ACCEPT_MANIFESTS } }))
        .perSecond
    for (const build of Object.values(builds)) await load(build)
    await compare('manifests through the proxy', 'requests/s', load)
  },
  async 'proxy-token'(place) {
    const data = join(place.folder, 'token')
    const storage = createRegistryStorage(data)
    putImage(storage, 'payments/app', { number: 1, tags: ['1.0'], layer: storage.putZeros(1024 * 1024) })
    const tokens = await startTokenServer('distribution 3.1 + docker_auth', place.folder)
    place.keep(tokens)
    const servers = await bothOf(place, await place.distribution({ data, auth: tokens.registryAuth }))
    const cookies = new Map<string, string>()
    for (const build of Object.values(builds)) cookies.set(build, await logIn(of(servers, build)))
    const load = async (build: string) => {
      const headers = { Accept: ACCEPT_MANIFESTS, Cookie: cookies.get(build) ?? '' }
      return (await wrk(place, of(servers, build).origin + PATH, { ...LOAD, headers })).perSecond
    }
    for (const build of Object.values(builds)) await load(build)
    await compare('manifests with warm tokens', 'requests/s', load)
  },
  async summaries(place) {
    const data = join(place.folder, 'summaries')
    const tags = putTags(createRegistryStorage(data))
    const registry = await place.distribution({ data, deleteEnabled: true })
    const fresh = async (build: string, work: (gantry: Server) => Promise<number>) => {
      const gantry = await place.gantry(registry.origin, { REGISTRY_ALLOW_DELETE: 'true' }, [], build)
      const time = await work(gantry)
      await gantry.program.stop()
      return time
    }
    const warm = async (gantry: Server) => {
      await summarise(gantry, tags)
      return timed(() => summarise(gantry, tags))
    }
    const cold = (gantry: Server) => timed(() => summarise(gantry, tags))
    await fresh(builds.own, cold)
    const count = TAG_COUNT.toLocaleString('en')
    await compare(`${count} summaries, cold`, 'ms', (build) => fresh(build, cold))
    await compare(`${count} summaries, warm`, 'ms', (build) => fresh(build, warm))
    await compare(`plan to delete ${count} tags of ${TAGGED}`, 'ms', (build) =>
      fresh(build, (gantry) => timed(() => plan(gantry, tags))),
    )
  },
  catalog: (place) =>
    inBrowser(async (browser) => {
      const data = join(place.folder, 'catalog')
      putRepositories(createRegistryStorage(data))
      const servers = await bothOf(place, await place.distribution({ data }))
      for (const build of Object.values(builds)) await show(browser, of(servers, build))
      await compare('10,000 repositories on the screen', 'ms', (build) => show(browser, of(servers, build)))
    }),
}

for (const [name, run] of Object.entries(rows))
  if (named.length === 0 || named.includes(name)) await inPlace(run)
