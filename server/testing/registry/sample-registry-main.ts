// node dist/server/testing/registry/sample-registry-main.js: the sample registry and its token server without Gantry, for browser tests
// that start Gantry as it is shipped. Faults are scripted, and recorded requests read, over HTTP.

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { FaultRule } from '../faults.ts'
import { type SampleWorld, startSampleWorld } from '../samples/world.ts'

/**
 * What tests do with it:
 * - `GET /requests` → `{"registry": [{method, url}], "tokens": [{method, url}]}`, oldest first; `DELETE` forgets them
 * - `POST /faults` `{"match": "a pattern for the URL", "times"?, "fault": …}` for the registry; `DELETE` clears all
 */
async function control(
  world: SampleWorld,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { registry, tokenServer } = world
  const told = ({ requests }: Pick<typeof registry, 'requests'>) =>
    requests.map(({ method, url }) => ({ method, url }))
  switch (`${request.method} ${request.url}`) {
    case 'GET /requests':
      response.end(JSON.stringify({ registry: told(registry), tokens: told(tokenServer) }))
      return
    case 'DELETE /requests':
      registry.requests.length = 0
      tokenServer.requests.length = 0
      break
    case 'POST /faults': {
      const { match, ...rule } = JSON.parse(await text(request)) as FaultRule & { match: string }
      registry.faults.add({ ...rule, match: new RegExp(match) })
      break
    }
    case 'DELETE /faults':
      registry.faults.clear()
      break
    default:
      response.statusCode = 404
  }
  response.end()
}

const { REGISTRY_PORT, TOKEN_PORT, CONTROL_PORT, OPEN } = process.env
const world = await startSampleWorld({
  registryPort: Number(REGISTRY_PORT),
  tokenPort: Number(TOKEN_PORT),
  record: true,
  open: OPEN === 'true',
})
const controls = createServer((request, response) => {
  control(world, request, response).catch((error: unknown) => {
    response.statusCode = 400
    response.end(String(error))
  })
}).listen(Number(CONTROL_PORT), '127.0.0.1')
await once(controls, 'listening')
process.once('SIGTERM', () => process.exit(0))
process.stdout.write('ready\n')
