// A registry that misbehaves as told, in the bench's own process: it counts what Gantry has open with it.

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Place } from './place.ts'

export interface HostileRegistry {
  /** `http://127.0.0.1:5000` */
  readonly origin: string
  /** Requests that Gantry has neither had the whole response of nor given up. */
  open(): number
  /** What happens to each request but a ping of `/v2/` from now on; without `end()` it stays open. */
  respond: (request: IncomingMessage, response: ServerResponse) => unknown
}

/** Started in a place, and ended with it. */
export async function startHostileRegistry(place: Place): Promise<HostileRegistry> {
  let open = 0
  const registry: Omit<HostileRegistry, 'origin'> = {
    open: () => open,
    respond: (_request, response) => response.writeHead(404).end(),
  }
  const server = createServer((request, response) => {
    open++
    response.on('close', () => {
      open--
    })
    if (request.url === '/v2/') response.end('{}')
    else registry.respond(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  place.keep({
    async stop() {
      server.closeAllConnections()
      server.close()
    },
  })
  const { port } = server.address() as AddressInfo
  return Object.assign(registry, { origin: `http://127.0.0.1:${port}` })
}
