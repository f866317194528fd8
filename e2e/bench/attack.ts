// What a crowd costs: memory while many stream large blobs at once, and how soon a healthy request is answered once
// many have left slow ones behind.

import { request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startSampleRegistry } from '../sample-registry.ts'
import { download } from './download.ts'
import { median, timed } from './measure.ts'
import { inPlace, type Place, type Server } from './place.ts'
import { forgetPeak, peakMb, residentMb } from './process-memory.ts'
import type { Bench, Row } from './report.ts'
import { createRegistryStorage, putImage } from './storage.ts'

const STREAMS = 50
const BLOB_BYTES = 200 * 1024 * 1024
const ABANDONED = 200
const ROUNDS = 5
const LATER_MS = 1000
const REPOSITORY = 'team/app'

/** Gantry's memory at its peak, over what it took after one such blob. */
async function streamedAtOnce(place: Place): Promise<Row> {
  const data = join(place.folder, 'data')
  const storage = createRegistryStorage(data)
  const layer = storage.putZeros(BLOB_BYTES)
  putImage(storage, REPOSITORY, { number: 1, tags: ['1.0'], layer })
  const registry = await place.distribution({ data })
  const gantry = await place.gantry(registry.origin)
  const { pid } = gantry.program
  const path = `/v2/${REPOSITORY}/blobs/${layer.digest}`
  await download(gantry, path, BLOB_BYTES)
  await sleep(2000)
  const before = residentMb(pid)
  forgetPeak(pid)
  await Promise.all(Array.from({ length: STREAMS }, () => download(gantry, path, BLOB_BYTES)))
  return {
    what: `resident memory that ${STREAMS} blobs of 200 MiB, streamed at once, add at their peak`,
    unit: 'MB',
    value: peakMb(pid) - before,
    goal: { of: 'value', atMost: 128 },
  }
}

/** Begins requests that are never answered, and leaves them once the registry has as many as it gets. */
async function abandon({ origin }: Server, isFull: () => Promise<boolean>): Promise<void> {
  const leaving = Array.from({ length: ABANDONED }, () =>
    request(`${origin}/v2/public/hello/tags/list`, { agent: false })
      .on('error', () => {})
      .end(),
  )
  for (let n = 0; n < 500 && !(await isFull()); n++) await sleep(20)
  for (const one of leaving) one.destroy()
}

async function healthyAfterwards(place: Place): Promise<Row[]> {
  const registry = await startSampleRegistry()
  place.keep(registry)
  const gantry = await place.gantry(registry.origin, { REGISTRY_TIMEOUT: '60' })
  const healthy = () =>
    timed(async () => {
      const answer = await fetch(`${gantry.origin}/v2/public/hello/manifests/latest`, {
        headers: { accept: 'application/vnd.oci.image.index.v1+json' },
      })
      if (!answer.ok) throw new Error(`a healthy request is answered ${answer.status}`)
      await answer.arrayBuffer()
    })
  await registry.script({ match: '/tags/list', fault: { kind: 'silence' } })
  const [quiet, atOnce, later]: [number[], number[], number[]] = [[], [], []]
  for (let round = 0; round < ROUNDS; round++) {
    await healthy()
    quiet.push(await healthy())
    await registry.forget()
    // as many as there are connections to the registry; the others wait behind them
    await abandon(gantry, async () => (await registry.asked()).registry.length >= 128)
    atOnce.push(await healthy())
    await sleep(LATER_MS)
    later.push(await healthy())
  }
  const baseline = { of: 'with nobody there', value: median(quiet) }
  const what = `a healthy request after ${ABANDONED} clients have left slow ones`
  return [
    // while hundreds of sockets are being closed: what that takes is the system's
    { what: `${what}, at that moment`, unit: 'ms', baseline, value: median(atOnce) },
    {
      what: `${what}, a second later`,
      unit: 'ms',
      baseline,
      value: median(later),
      goal: { of: 'value', atMost: 100 },
    },
  ]
}

export const attack: Bench = {
  name: 'attack',
  needs: ['registry'],
  run: () => inPlace(async (place) => [await streamedAtOnce(place), ...(await healthyAfterwards(place))]),
}
