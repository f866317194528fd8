// wrk, and what it says at its end as numbers.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../processes.ts'
import { tool } from '../tools.ts'
import type { Place } from './place.ts'

export interface Load {
  readonly seconds: number
  readonly connections: number
  readonly headers: Readonly<Record<string, string>>
}

export interface LoadResult {
  readonly requests: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const SCRIPT = `
done = function(summary, latency)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read
    + summary.errors.write + summary.errors.timeout
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration, bad,
    latency:percentile(50), latency:percentile(99)))
end
`

/** Loads a URL. Rejects if a single request fails: what answers errors is easily fast. */
export async function wrk(place: Place, url: string, load: Load): Promise<LoadResult> {
  const script = join(place.folder, 'wrk.lua')
  writeFileSync(script, SCRIPT)
  const headers = Object.entries(load.headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  const duration = `${load.seconds}s`
  // one thread loads two cores; more would only take what they measure from the others
  const args = [
    '-t1',
    `-c${load.connections}`,
    `-d${duration}`,
    '--timeout',
    '30s',
    '-s',
    script,
    ...headers,
    url,
  ]
  const text = await run(tool('wrk'), args)
  const [requests, microseconds, bad, p50, p99] = (/^RESULT (.*)$/m.exec(text)?.[1] ?? '')
    .split(' ')
    .map(Number) as [number, number, number, number, number]
  if (bad !== 0) throw new Error(`${bad} of ${requests} requests failed:\n${text}`)
  return {
    requests,
    perSecond: (requests / microseconds) * 1e6,
    p50Ms: p50 / 1000,
    p99Ms: p99 / 1000,
  }
}
