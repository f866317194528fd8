// How long until Gantry listens, against a bare Fastify in the same run. Goal: under one second.

import { freePort, listening, start } from '../processes.ts'

const RUNS = 7
const BARE =
  "import('fastify').then(({ fastify }) => fastify().listen({ host: '127.0.0.1', port: Number(process.env.PORT) }))"

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

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

const [gantry, bare]: [number[], number[]] = [[], []]
for (let i = 0; i < RUNS; i++) {
  bare.push(await measure(['-e', BARE]))
  gantry.push(await measure(['dist/server/main.js']))
}
const [own, baseline] = [median(gantry), median(bare)]
console.log(
  `until listening, median of ${RUNS}: Gantry ${own.toFixed(0)} ms, bare Fastify ${baseline.toFixed(0)} ms, ratio ${(own / baseline).toFixed(2)}`,
)
