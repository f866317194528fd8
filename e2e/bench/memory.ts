// What an idle Gantry takes, after it has worked.

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ACCEPT_MANIFESTS } from '../../shared/oci/media-types.ts'
import { inPlace } from './place.ts'
import { residentMb } from './process-memory.ts'
import type { Bench } from './report.ts'
import { createRegistryStorage, putImage } from './storage.ts'

const REQUESTS = 3000
const AT_ONCE = 16
const SETTLE_MS = 20_000
const PATHS = [
  '/',
  '/api/config',
  '/v2/_catalog?n=1000',
  '/v2/team/app/tags/list',
  '/v2/team/app/manifests/1.0',
]

async function use(origin: string): Promise<void> {
  let next = 0
  async function visitor(): Promise<void> {
    while (next < REQUESTS) {
      const path = PATHS[next++ % PATHS.length]
      const accept = path === '/' ? 'text/html' : ACCEPT_MANIFESTS
      const answer = await fetch(`${origin}${path}`, { headers: { accept } })
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
      await answer.arrayBuffer()
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, visitor))
}

export const memory: Bench = {
  name: 'memory',
  needs: ['registry'],
  run: () =>
    inPlace(async (place) => {
      const data = join(place.folder, 'data')
      const storage = createRegistryStorage(data)
      putImage(storage, 'team/app', { number: 1, tags: ['1.0'], layer: storage.putZeros(1024 * 1024) })
      const registry = await place.distribution({ data })
      const gantry = await place.gantry(registry.origin)
      const fresh = residentMb(gantry.program.pid)
      await use(gantry.origin)
      await sleep(SETTLE_MS)
      return [
        { what: 'memory of the server, just started', unit: 'MB', value: fresh },
        {
          what: `idle memory of the server, after ${REQUESTS.toLocaleString('en')} requests`,
          unit: 'MB',
          value: residentMb(gantry.program.pid),
          goal: { of: 'value', atMost: 90 },
        },
      ]
    }),
}
