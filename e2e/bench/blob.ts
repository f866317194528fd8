// A blob of 1 GiB through the proxy: how fast it streams, and that memory does not grow with it.

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { download } from './download.ts'
import { byTurns, median, medianRatio, timed } from './measure.ts'
import { inPlace, type Server } from './place.ts'
import { forgetPeak, peakMb, residentMb } from './process-memory.ts'
import type { Bench } from './report.ts'
import { createRegistryStorage, putImage } from './storage.ts'

const ROUNDS = 5
const SIZE = 1024 * 1024 * 1024
const REPOSITORY = 'team/app'

export const blob: Bench = {
  name: 'blob',
  needs: ['registry'],
  run: () =>
    inPlace(async (place) => {
      const data = join(place.folder, 'data')
      const storage = createRegistryStorage(data)
      const layer = storage.putZeros(SIZE)
      putImage(storage, REPOSITORY, { number: 1, tags: ['1.0'], layer })
      const registry = await place.distribution({ data })
      const gantry = await place.gantry(registry.origin)
      const { pid } = gantry.program
      const path = `/v2/${REPOSITORY}/blobs/${layer.digest}`
      const speed = async (server: Server) => SIZE / 1e3 / (await timed(() => download(server, path, SIZE)))

      // the file into the page cache; Gantry has streamed nothing yet when its growth is measured
      await speed(registry)
      await sleep(2000)
      const before = residentMb(pid)
      forgetPeak(pid)
      const results = await byTurns(ROUNDS, { direct: () => speed(registry), proxied: () => speed(gantry) })
      const growth = peakMb(pid) - before
      return [
        {
          what: '1 GiB blob through the proxy',
          unit: 'MB/s',
          baseline: { of: 'direct', value: median(results.direct) },
          value: median(results.proxied),
          ratio: medianRatio(results.proxied, results.direct),
          goal: { of: 'ratio', atLeast: 0.7 },
        },
        {
          what: `resident memory that ${ROUNDS} such blobs add at their peak`,
          unit: 'MB',
          value: growth,
          goal: { of: 'value', atMost: 48 },
        },
      ]
    }),
}
