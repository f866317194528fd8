// 5,000 summaries, cold and warm, against a bare client that makes the cold one's requests.

import { join } from 'node:path'
import { MAX_SUMMARIES } from '../../shared/api/summaries.ts'
import { run } from '../processes.ts'
import { byTurns, median, medianRatio, timed } from './measure.ts'
import { inPlace, type Place, type Server } from './place.ts'
import type { Bench, Row } from './report.ts'
import { createRegistryStorage } from './storage.ts'
import { putTags, TAG_COUNT, TAGGED } from './tags-data.ts'

const ROUNDS = 3
const CONNECTIONS = [8, 16, 32, 64]
/** As many as a tab of the page opens. */
const STREAMS = 2

async function bareClient({ origin }: Server, connections: number): Promise<number> {
  const args = ['dist/e2e/bench/bare-client.js', origin, TAGGED, String(connections)]
  return Number(await run(process.execPath, args))
}

/** Asks for one stream. @returns its rows; rejects if one of them is an error. */
async function stream({ origin }: Server, tags: readonly string[]): Promise<number> {
  const answer = await fetch(`${origin}/api/repositories/${TAGGED}/summaries`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ tags }),
  })
  const lines = (await answer.text()).split('\n').filter((line) => line !== '')
  const broken = lines.find((line) => 'error' in JSON.parse(line))
  if (!answer.ok || broken !== undefined) throw new Error(`summaries: ${answer.status} ${broken}`)
  return lines.length
}

/** Asks for all summaries, as the page does. */
export async function summarise(gantry: Server, tags: readonly string[]): Promise<void> {
  const pieces = Array.from({ length: Math.ceil(tags.length / MAX_SUMMARIES) }, (_, index) =>
    tags.slice(index * MAX_SUMMARIES, (index + 1) * MAX_SUMMARIES),
  )
  let rows = 0
  async function reader(): Promise<void> {
    for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
      // `rows += await …` would forget what the other stream has added meanwhile
      const came = await stream(gantry, piece)
      rows += came
    }
  }
  await Promise.all(Array.from({ length: STREAMS }, reader))
  if (rows !== tags.length) throw new Error(`${rows} of ${tags.length} summaries came`)
}

/** A Gantry that knows nothing yet: cold, then warm. */
async function coldAndWarm(place: Place, registry: Server, tags: readonly string[]) {
  const gantry = await place.gantry(registry.origin)
  const cold = await timed(() => summarise(gantry, tags))
  const warm = await timed(() => summarise(gantry, tags))
  await gantry.program.stop()
  return { cold, warm }
}

export const summaries: Bench = {
  name: 'summaries',
  needs: ['registry'],
  run: () =>
    inPlace(async (place) => {
      const data = join(place.folder, 'data')
      const tags = putTags(createRegistryStorage(data))
      const registry = await place.distribution({ data })
      // everything into the page cache, and the number of connections that suits this machine
      const tried: number[] = []
      for (const connections of CONNECTIONS) tried.push(await bareClient(registry, connections))
      const best = CONNECTIONS[tried.indexOf(Math.min(...tried))] ?? 16
      const results = await byTurns(ROUNDS, {
        bare: () => bareClient(registry, best),
        gantry: () => coldAndWarm(place, registry, tags),
      })
      const row = (key: 'cold' | 'warm', atMost: number): Row => {
        const values = results.gantry.map((result) => result[key])
        return {
          what: `${TAG_COUNT.toLocaleString('en')} tags, all summaries, ${key}`,
          unit: 'ms',
          baseline: { of: `bare client, ${best} connections`, value: median(results.bare) },
          value: median(values),
          ratio: medianRatio(values, results.bare),
          goal: { of: 'ratio', atMost },
        }
      }
      return [row('cold', 1.2), row('warm', 0.35)]
    }),
}
