// The sample registry and its token server in a process of their own, both with faults by chance: for the soak.
// Its argument says how many of a hundred requests meet one. Prints the registry's address, and at its end what it did.

import { createFaults, type Fault } from './faults.ts'
import { startSampleWorld } from './sample-world.ts'

const share = Number(process.argv[2]) / 100

/** All of them end in an error, or in a second try that the client makes. */
const FAULTS: readonly Fault[] = [
  { kind: 'answer', status: 500, body: 'out of order' },
  { kind: 'answer', status: 503, headers: { 'retry-after': '1' } },
  { kind: 'disconnect' },
  { kind: 'cut', bytes: 20, end: 'disconnect' },
  { kind: 'cut', bytes: 20, end: 'stall' },
  { kind: 'raw', bytes: 'this is no HTTP\r\n' },
  { kind: 'silence' },
]

let [requests, struck] = [0, 0]
const faults = createFaults()
faults.add({
  match() {
    requests++
    return Math.random() < share
  },
  fault() {
    struck++
    return FAULTS[struck % FAULTS.length] as Fault
  },
})

const world = await startSampleWorld({ faults })
process.once('SIGTERM', () => {
  process.stdout.write(`${JSON.stringify({ requests, struck })}\n`)
  void world.close().then(() => process.exit(0))
})
process.stdout.write(`${world.registry.origin}\n`)
