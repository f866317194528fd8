// The name of a request: in every answer, in its lines of the log, and in the proxy's log where that one gives it.

import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import proxyAddr from '@fastify/proxy-addr'

/** What proxies make of it (nginx: 32 hex digits; others: UUIDs). Nothing that could be mistaken for another field. */
const ID = /^[\w.-]{8,64}$/

/**
 * Makes Fastify's `genReqId`: a random UUID, or the `X-Request-Id` that a proxy of ours has sent. A client's own is
 * not taken: it would let one request pass for another in the log.
 *
 * @param trustProxy  addresses and subnets, as in `TRUST_PROXY`.
 */
export function createRequestIds(
  trustProxy: readonly string[],
): (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string {
  const trusts = trustProxy.length === 0 ? undefined : proxyAddr.compile([...trustProxy])
  return ({ headers, socket }) => {
    const sent = headers['x-request-id']
    const taken = trusts !== undefined && typeof sent === 'string' && ID.test(sent)
    return taken && trusts(socket.remoteAddress ?? '', 0) ? sent : randomUUID()
  }
}
