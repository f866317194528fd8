// Finds a free port.

import { once } from 'node:events'
import { createServer } from 'node:net'

/** How many ports behind the wished one are tried before any free one will do. */
const TRIES = 50
const ANY = 0

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, host)
    await once(server, 'listening')
    return true
  } catch (error) {
    // an address this machine does not have, or a port it may not use, is not a reason to try another port
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false
    return true
  } finally {
    server.close()
  }
}

/**
 * The wished port, or the next free one behind it.
 *
 * @param hosts  addresses where it must be free; one that this machine does not have counts as free.
 * @returns 0 (any free one) if all that were tried are taken. Somebody may still be faster to take it.
 */
export async function findFreePort(wished: number, hosts: readonly string[]): Promise<number> {
  if (wished === ANY) return ANY
  for (let port = wished; port < Math.min(wished + TRIES, 65_536); port++) {
    const free = await Promise.all(hosts.map((host) => isFree(host, port)))
    if (free.every(Boolean)) return port
  }
  return ANY
}
