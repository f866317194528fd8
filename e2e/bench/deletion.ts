// The plan for 5,000 tags against their summaries, and deletions in bulk against a bare client's.

import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Pool } from 'undici'
import type { DeletionRequest } from '../../shared/api/deletion.ts'
import { ACCEPT_MANIFESTS } from '../../shared/oci/media-types.ts'
import { byTurns, median, medianRatio, timed } from './measure.ts'
import { inPlace, type Place, type Server } from './place.ts'
import type { Bench, Row } from './report.ts'
import { createRegistryStorage, putImage } from './storage.ts'
import { summarise } from './summaries.ts'
import { putTags, TAG_COUNT, TAGGED } from './tags-data.ts'

const ROUNDS = 3
/** Deletions at a time. */
const CONNECTIONS = 8
const DOOMED = 'team/doomed'
const IMAGES = 300
const TAGS_OF_EACH = 3
const JSON_TYPE = { 'content-type': 'application/json' }
/** Undici closes the connection after a HEAD and after a DELETE with a body otherwise; no browser does. */
const KEPT = { reset: false }
const MAY_DELETE = { REGISTRY_ALLOW_DELETE: 'true' }

/** One DELETE, and what must still be so before. */
interface Doomed {
  readonly reference: string
  readonly request: DeletionRequest
}

export async function plan({ origin }: Server, tags: readonly string[]): Promise<void> {
  const answer = await fetch(`${origin}/api/repositories/${TAGGED}/deletion-plan`, {
    method: 'POST',
    headers: JSON_TYPE,
    body: JSON.stringify({ tags }),
  })
  const last = JSON.parse((await answer.text()).trim().split('\n').at(-1) ?? '')
  if (last.plan?.manifests.length !== tags.length) throw new Error(`plan: ${JSON.stringify(last)}`)
}

/** @returns milliseconds of a Gantry that knows nothing yet. */
async function cold(place: Place, registry: Server, work: (gantry: Server) => Promise<void>) {
  const gantry = await place.gantry(registry.origin, MAY_DELETE)
  const time = await timed(() => work(gantry))
  await gantry.program.stop()
  return time
}

async function planRow(place: Place): Promise<Row> {
  const data = join(place.folder, 'tagged')
  const tags = putTags(createRegistryStorage(data))
  const registry = await place.distribution({ data, deleteEnabled: true })
  // everything into the page cache
  await cold(place, registry, (gantry) => summarise(gantry, tags))
  const results = await byTurns(ROUNDS, {
    summaries: () => cold(place, registry, (gantry) => summarise(gantry, tags)),
    plan: () => cold(place, registry, (gantry) => plan(gantry, tags)),
  })
  await registry.program.stop()
  return {
    what: `plan to delete ${TAG_COUNT.toLocaleString('en')} tags, cold`,
    unit: 'ms',
    baseline: { of: 'their summaries, cold', value: median(results.summaries) },
    value: median(results.plan),
    ratio: medianRatio(results.plan, results.summaries),
    goal: { of: 'ratio', atMost: 1.3 },
  }
}

/** Deletes everything, several at a time. @param compares  whether the client looks at the tags itself. */
async function deleteAll({ origin }: Server, all: readonly Doomed[], compares: boolean): Promise<void> {
  const pool = new Pool(origin, { connections: CONNECTIONS })
  const path = (reference: string) => `/v2/${DOOMED}/manifests/${reference}`
  async function look(tag: string): Promise<void> {
    const headers = { accept: ACCEPT_MANIFESTS }
    // undici closes the connection after a HEAD otherwise
    const { statusCode, body } = await pool.request({
      method: 'HEAD',
      path: path(tag),
      headers,
      reset: false,
    })
    await body.dump()
    if (statusCode !== 200) throw new Error(`HEAD ${tag}: ${statusCode}`)
  }
  const ahead = all.values()
  async function deleteOn(): Promise<void> {
    for (const { reference, request } of ahead) {
      if (compares) await Promise.all((request.tags ?? [reference]).map(look))
      const { statusCode, body } = await pool.request({
        method: 'DELETE',
        path: path(reference),
        ...KEPT,
        ...(!compares && { headers: JSON_TYPE, body: JSON.stringify(request) }),
      })
      const text = await body.text()
      if (statusCode !== 202) throw new Error(`DELETE ${reference}: ${statusCode} ${text}`)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, deleteOn))
  await pool.close()
}

/** Deletes everything in one run on the server, step by step. */
async function runAll({ origin }: Server, all: readonly Doomed[]): Promise<void> {
  const steps = all.map(({ reference, request }) =>
    reference.includes(':')
      ? { digest: reference, tags: request.tags }
      : { digest: request.digest, tag: reference },
  )
  const response = await fetch(`${origin}/api/repositories/${DOOMED}/deletions`, {
    method: 'POST',
    headers: JSON_TYPE,
    body: JSON.stringify({ steps }),
  })
  const text = await response.text()
  const deleted = text.match(/"result":"deleted"/g)?.length ?? 0
  if (deleted !== all.length) throw new Error(`run: ${deleted} of ${all.length}: ${text.slice(-500)}`)
}

type By = 'gantry' | 'run' | 'bare client'

/** On a copy of the repository. @returns deletions a second. */
async function rate(place: Place, all: readonly Doomed[], by: By): Promise<number> {
  const data = join(place.folder, 'copy')
  cpSync(join(place.folder, 'doomed'), data, { recursive: true })
  const registry = await place.distribution({ data, deleteEnabled: true })
  const server = by === 'bare client' ? registry : await place.gantry(registry.origin, MAY_DELETE)
  // connections and code are warm on both sides
  await fetch(`${server.origin}/v2/${DOOMED}/tags/list`)
  const time = await timed(() =>
    by === 'run' ? runAll(server, all) : deleteAll(server, all, by === 'bare client'),
  )
  await server.program.stop()
  await registry.program.stop()
  rmSync(data, { recursive: true })
  return (all.length / time) * 1000
}

async function bulkRow(place: Place, what: string, all: readonly Doomed[]): Promise<Row> {
  const results = await byTurns(ROUNDS, {
    bare: () => rate(place, all, 'bare client'),
    gantry: () => rate(place, all, 'gantry'),
  })
  return {
    what: `${what}, ${CONNECTIONS} at a time`,
    unit: 'requests/s',
    baseline: { of: 'bare client that looks at each tag too', value: median(results.bare) },
    value: median(results.gantry),
    ratio: medianRatio(results.gantry, results.bare),
    goal: { of: 'ratio', atLeast: 0.8 },
  }
}

async function runRow(place: Place, all: readonly Doomed[]): Promise<Row> {
  const results = await byTurns(ROUNDS, {
    requests: () => rate(place, all, 'gantry'),
    run: () => rate(place, all, 'run'),
  })
  return {
    what: `${all.length} tags deleted in one run on the server`,
    unit: 'requests/s',
    baseline: { of: `a request each, ${CONNECTIONS} at a time`, value: median(results.requests) },
    value: median(results.run),
    ratio: medianRatio(results.run, results.requests),
  }
}

export const deletion: Bench = {
  name: 'deletion',
  needs: ['registry'],
  run: () =>
    inPlace(async (place) => {
      const storage = createRegistryStorage(join(place.folder, 'doomed'))
      const layer = storage.putZeros(1024 * 1024)
      const images = Array.from({ length: IMAGES }, (_, number) => {
        const tags = Array.from({ length: TAGS_OF_EACH }, (_tag, n) => `${number}.${n}`)
        return { tags, digest: putImage(storage, DOOMED, { number, tags, layer }).digest }
      })
      const byTag = images.flatMap(({ tags, digest }) =>
        tags.map((tag): Doomed => ({ reference: tag, request: { digest } })),
      )
      const byDigest = images.map(({ tags, digest }): Doomed => ({ reference: digest, request: { tags } }))
      return [
        await planRow(place),
        await bulkRow(place, `${byTag.length} tags deleted one by one`, byTag),
        await runRow(place, byTag),
        await bulkRow(place, `${byDigest.length} manifests deleted with ${byTag.length} tags`, byDigest),
      ]
    }),
}
