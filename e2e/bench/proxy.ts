// Manifests through the proxy, against nginx before the same registry.

import { join } from 'node:path'
import { ACCEPT_MANIFESTS } from '../../shared/oci/media-types.ts'
import { byTurns, median, medianRatio } from './measure.ts'
import { inPlace } from './place.ts'
import type { Bench, Row } from './report.ts'
import { createRegistryStorage, putImage } from './storage.ts'
import { type LoadResult, wrk } from './wrk.ts'

const ROUNDS = 5
const LOAD = { seconds: 5, connections: 32, headers: { Accept: ACCEPT_MANIFESTS } }
const PATH = '/v2/team/app/manifests/1.0'

const speeds = (results: readonly LoadResult[]) => results.map(({ perSecond }) => perSecond)
const slowest = (results: readonly LoadResult[]) => results.map(({ p99Ms }) => p99Ms)

export const proxy: Bench = {
  name: 'proxy',
  needs: ['registry', 'nginx', 'wrk'],
  run: () =>
    inPlace(async (place) => {
      const data = join(place.folder, 'data')
      const storage = createRegistryStorage(data)
      putImage(storage, 'team/app', { number: 1, tags: ['1.0'], layer: storage.putZeros(1024 * 1024) })
      const registry = await place.distribution({ data })
      const [one, auto, gantry] = [
        await place.nginx(registry.origin, 1),
        await place.nginx(registry.origin, 'auto'),
        await place.gantry(registry.origin),
      ]
      const load = ({ origin }: { origin: string }) => wrk(place, origin + PATH, LOAD)
      for (const server of [one, auto, gantry])
        await wrk(place, server.origin + PATH, { ...LOAD, seconds: 2 })
      async function counted(): Promise<LoadResult> {
        const before = await registry.requests()
        const result = await load(gantry)
        const reached = (await registry.requests()) - before
        // those in flight when wrk ends were sent too
        if (reached < result.requests)
          throw new Error(`${reached} of ${result.requests} reached the registry`)
        return result
      }
      const results = await byTurns(ROUNDS, {
        direct: () => load(registry),
        one: () => load(one),
        auto: () => load(auto),
        gantry: counted,
      })
      return rowsOf(results)
    }),
}

function rowsOf(results: Record<'direct' | 'one' | 'auto' | 'gantry', LoadResult[]>): Row[] {
  const row = (workers: 'one' | 'auto'): Row => ({
    what: 'manifests through the proxy',
    unit: 'requests/s',
    baseline: {
      of: `nginx, ${workers === 'one' ? '1 worker' : 'a worker a core'}`,
      value: median(speeds(results[workers])),
    },
    value: median(speeds(results.gantry)),
    ratio: medianRatio(speeds(results.gantry), speeds(results[workers])),
    goal: { of: 'ratio', atLeast: 0.75 },
  })
  return [
    row('auto'),
    row('one'),
    {
      what: 'the same, 99th percentile',
      unit: 'ms',
      baseline: { of: 'nginx, a worker a core', value: median(slowest(results.auto)) },
      value: median(slowest(results.gantry)),
      ratio: medianRatio(slowest(results.gantry), slowest(results.auto)),
      goal: { of: 'ratio', atMost: 1.5 },
    },
    {
      what: 'nginx itself',
      unit: 'requests/s',
      baseline: { of: 'registry', value: median(speeds(results.direct)) },
      value: median(speeds(results.auto)),
      ratio: medianRatio(speeds(results.auto), speeds(results.direct)),
    },
  ]
}
