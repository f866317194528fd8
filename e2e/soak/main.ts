// npm run soak -- --minutes 30: row 53 of the fault matrix. 200 people browse for a while; registry and token server
// fail for five of a hundred requests. Afterwards nothing may have grown, and nobody met what no fault explains.

import { parseArgs } from 'node:util'
import { inPlace } from '../bench/place.ts'
import { type Program, start } from '../processes.ts'
import { type Count, createTally, failureCount, type Tally } from './tally.ts'
import { createVisitor } from './visitor.ts'
import { type Quarter, type Sample, summarize, takeSample } from './watch.ts'

const VISITORS = 200
const FAULT_PERCENT = 5
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' } } })
const minutes = Number(values.minutes)
if (!(minutes > 0)) throw new Error('--minutes must be a number')

interface Finding {
  readonly what: string
  readonly found: string
  readonly holds: boolean
}

async function browse(origin: string, tally: Tally, until: number): Promise<Sample[]> {
  const visitors = Array.from({ length: VISITORS }, async (_, number) => {
    const visit = createVisitor(origin, number, tally)
    // they do not come all at once
    await pause((number / VISITORS) * 5000)
    while (Date.now() < until) await visit()
  })
  const samples: Sample[] = []
  for (let every = Math.min(5000, minutes * 500); Date.now() < until; await pause(every))
    samples.push(...[await takeSample(origin)].filter((sample) => sample !== undefined))
  await Promise.all(visitors)
  return samples
}

const percent = (share: number) => `${(share * 100).toFixed(2)} %`

/** What must not be there at all, the first ten of it shown. */
function none(what: string, list: readonly string[]): Finding {
  return { what, found: [list.length, ...list.slice(0, 10)].join('\n    '), holds: list.length === 0 }
}

function rate(name: string, count: Count, limit: number): Finding {
  const [failed, reasons] = [failureCount(count), JSON.stringify(Object.fromEntries(count.failures))]
  const met = failed / count.total
  return {
    what: `failed ${name}: ${failed} of ${count.total}`,
    found: `${percent(met)} ${reasons}`,
    holds: met < limit,
  }
}

function judge(tally: Tally, samples: readonly Sample[], gantry: Program, registry: Program): Finding[] {
  const quarter = Math.max(1, Math.floor(samples.length / 4))
  const [first, last] = [summarize(samples.slice(0, quarter)), summarize(samples.slice(-quarter))]
  const { requests, struck } = JSON.parse(/^\{.*\}$/m.exec(registry.output())?.[0] ?? '{}')
  const injected = struck / requests
  const lines = gantry.output().split('\n')
  const wrong = lines.filter((line) => /UnhandledPromiseRejection|Uncaught|"level":(?:50|60)/.test(line))
  const both = (key: keyof Quarter) => `${first[key].toFixed(1)} → ${last[key].toFixed(1)}`
  return [
    none('unhandled rejections, errors in the log', wrong),
    none('answers that no fault explains', tally.unexpected),
    { what: `faults: ${struck} of ${requests} requests`, found: percent(injected), holds: struck > 0 },
    // most of ours need two of theirs, each with its chance: a token, and what it is for
    rate('answers', tally.answers, 2 * injected),
    rate('rows of tags', tally.rows, Number.POSITIVE_INFINITY),
    {
      what: 'open files and sockets, median',
      found: both('sockets'),
      holds: last.sockets < first.sockets * 1.2 + 20,
    },
    { what: 'heap used, median, MB', found: both('heapMb'), holds: true },
    {
      what: 'heap used, least, MB',
      found: both('heapFloorMb'),
      holds: last.heapFloorMb < first.heapFloorMb * 1.25 + 8,
    },
    { what: 'resident, median, MB', found: both('residentMb'), holds: true },
  ]
}

const findings = await inPlace(async (place) => {
  const registry = start(process.execPath, [
    'dist/server/testing/registry/faulty-registry-main.js',
    String(FAULT_PERCENT),
    String(VISITORS),
  ])
  place.keep(registry)
  const [origin] = await registry.printed(/http:\/\/\S+/)
  const env = {
    REGISTRY_AUTH_TYPE: 'token',
    REGISTRY_TIMEOUT: '5',
    TRUST_PROXY: '127.0.0.1',
    LOG_LEVEL: 'error',
  }
  const gantry = await place.gantry(origin, env, ['--unhandled-rejections=warn'])
  const tally = createTally()
  const before = await takeSample(gantry.origin)
  console.log(
    `${VISITORS} people for ${minutes} minutes, ${FAULT_PERCENT} % faults. Before: ${JSON.stringify(before)}`,
  )
  const samples = await browse(gantry.origin, tally, Date.now() + minutes * 60_000)
  const after = await takeSample(gantry.origin)
  await registry.stop()
  const judged = judge(tally, samples, gantry.program, registry)
  return [...judged, { what: 'after the last has gone', found: JSON.stringify(after), holds: true }]
})
for (const { what, found, holds } of findings) console.log(`${holds ? 'ok ' : 'BAD'} ${what}: ${found}`)
process.exit(findings.every(({ holds }) => holds) ? 0 : 1)
