// How long until Gantry listens, against a bare Fastify in the same run. Goal: under one second.

import { freePort, listening, start } from '../processes.ts'
import { byTurns, median, medianRatio } from './measure.ts'
import type { Bench } from './report.ts'

const ROUNDS = 7
const BARE =
  "import('fastify').then(({ fastify }) => fastify().listen({ host: '127.0.0.1', port: Number(process.env.PORT) }))"

/** @returns milliseconds from the start of the process. */
async function measure(args: readonly string[]): Promise<number> {
  const port = await freePort()
  const before = performance.now()
  const program = start(process.execPath, args, {
    HOST: '127.0.0.1',
    PORT: String(port),
    REGISTRY_URL: 'http://127.0.0.1:9',
    LOG_LEVEL: 'silent',
  })
  await listening(port, program)
  const after = performance.now()
  await program.stop()
  return after - before
}

export const startUp: Bench = {
  name: 'start-up',
  needs: [],
  async run() {
    const results = await byTurns(ROUNDS, {
      bare: () => measure(['-e', BARE]),
      gantry: () => measure(['dist/server/main.js']),
    })
    return [
      {
        what: 'until it listens',
        unit: 'ms',
        baseline: { of: 'bare Fastify', value: median(results.bare) },
        value: median(results.gantry),
        ratio: medianRatio(results.gantry, results.bare),
        goal: { of: 'value', atMost: 1000 },
      },
    ]
  },
}
