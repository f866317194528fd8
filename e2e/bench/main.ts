// npm run bench: all benches, or those named. A bench whose programs are missing is skipped and said to be.

import { execFileSync } from 'node:child_process'
import { loadavg } from 'node:os'
import { findTool } from '../tools.ts'
import { attack } from './attack.ts'
import { bigList } from './big-list.ts'
import { blob } from './blob.ts'
import { catalog } from './catalog.ts'
import { deletion } from './deletion.ts'
import { faults } from './faults.ts'
import { firstSummaries } from './first-summaries.ts'
import { hostile } from './hostile.ts'
import { memory } from './memory.ts'
import { proxy } from './proxy.ts'
import { proxyToken } from './proxy-token.ts'
import { type Bench, type Row, table, writeJson } from './report.ts'
import { startUp } from './start-up.ts'
import { summaries } from './summaries.ts'

const BENCHES: readonly Bench[] = [
  summaries,
  firstSummaries,
  deletion,
  catalog,
  bigList,
  proxy,
  proxyToken,
  blob,
  memory,
  attack,
  faults,
  hostile,
  startUp,
]

const named = process.argv.slice(2)
const unknown = named.filter((name) => !BENCHES.some((bench) => bench.name === name))
if (unknown.length > 0) {
  console.error(
    `no such bench: ${unknown.join(', ')}. There are ${BENCHES.map(({ name }) => name).join(', ')}.`,
  )
  process.exit(2)
}
const chosen = BENCHES.filter(({ name }) => named.length === 0 || named.includes(name))
const needed = [...new Set(chosen.flatMap(({ needs }) => needs))]
if (needed.length > 0) execFileSync(process.execPath, ['.ci/ensure.mjs', ...needed], { stdio: 'inherit' })

const rows: Row[] = []
const skipped: string[] = []
for (const { name, needs, run } of chosen) {
  const missing = needs.filter((program) => findTool(program) === undefined)
  if (missing.length > 0) {
    skipped.push(`${name}: needs ${missing.join(', ')}`)
    console.log(`skipped ${skipped.at(-1)}`)
    continue
  }
  const began = performance.now()
  const measured = await run()
  rows.push(...measured)
  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  console.log(`\n${name} (${seconds} s, load ${loadavg()[0]?.toFixed(1)})\n${table(measured)}`)
}
if (chosen.length > 1) console.log(`\n${table(rows)}`)
console.log(`\nas JSON: ${writeJson(rows, skipped)}`)
