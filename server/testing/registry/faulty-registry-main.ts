// The sample registry and its token server in a process of their own, both with faults by chance: for the soak.
// Its arguments: how many of a hundred requests meet one, and how many people there are (`person-0` and so on, each
// with its name as password and the rights of the demo's mira). Prints the registry's address, and at its end what it
// did.

import { createFaults, type Fault } from '../faults.ts'
import { DEMO_USERS, startSampleWorld } from '../samples/world.ts'

const share = Number(process.argv[2]) / 100
const people = Array.from({ length: Number(process.argv[3] ?? 0) }, (_, number) => `person-${number}`)
const access = DEMO_USERS.mira?.access ?? []
const users = Object.fromEntries(people.map((name) => [name, { password: name, access }]))

/** All of them end in an error, or in a second try that the client makes. */
const FAULTS: readonly Fault[] = [
  { kind: 'respond', status: 500, body: 'out of order' },
  { kind: 'respond', status: 503, headers: { 'retry-after': '1' } },
  { kind: 'disconnect' },
  { kind: 'cut', bytes: 20, end: 'disconnect' },
  { kind: 'cut', bytes: 20, end: 'stall' },
  { kind: 'raw', bytes: 'this is not HTTP\r\n' },
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

const world = await startSampleWorld({ faults, users: { ...DEMO_USERS, ...users } })
process.once('SIGTERM', () => {
  process.stdout.write(`${JSON.stringify({ requests, struck })}\n`)
  void world.close().then(() => process.exit(0))
})
process.stdout.write(`${world.registry.origin}\n`)
