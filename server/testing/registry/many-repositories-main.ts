// The in-process registry with as many repositories as its argument says, in a process of its own: prints its address.

import { createImageStore } from '../image-store.ts'
import { startRegistry } from './registry.ts'

const store = createImageStore()
for (let number = 0; number < Number(process.argv[2]); number++) {
  const padded = String(number).padStart(6, '0')
  store.addRepository(`division-${padded.slice(-2)}/team-${padded.slice(-4, -2)}/service-${padded}`)
}
const registry = await startRegistry({ store, auth: { type: 'none' }, record: false })
process.on('SIGTERM', () => void registry.close())
process.stdout.write(`${registry.origin}\n`)
