// HTTP plumbing of the demo's two servers: requests are recorded, answers are values, scripted faults act in between.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { readBasic } from './access.js'
import { deliveryOf } from './faults.js'

/** Long enough for what was written to reach the client before the connection is reset. */
const FLUSH_MILLISECONDS = 20
/** Passes on at most so many bytes, then does as told; the announced length stays that of the whole. */
async function* cutAfter(body, { bytes, end }, closed) {
  let left = bytes
  for await (const chunk of body) {
    const part = Buffer.from(chunk).subarray(0, left)
    left -= part.length
    if (part.length > 0) yield part
    if (left === 0) break
  }
  if (end === 'stall') await closed
  await sleep(FLUSH_MILLISECONDS)
  throw new Error('cut as scripted')
}
async function sendAnswer(method, response, answer, cut) {
  const { status, headers = {}, body = '' } = answer
  if (typeof body !== 'function' && status !== 304)
    response.setHeader('content-length', Buffer.byteLength(body))
  response.writeHead(status, headers)
  if (typeof body !== 'function' && (cut === undefined || method === 'HEAD')) {
    response.end(method === 'HEAD' ? undefined : body)
    return
  }
  response.flushHeaders()
  const chunks = typeof body === 'function' ? body() : Readable.from([Buffer.from(body)])
  const closed = once(response, 'close')
  await pipeline(cut === undefined ? chunks : cutAfter(chunks, cut, closed), response)
}
async function send(method, response, delivery) {
  switch (delivery.kind) {
    case 'answer':
      return sendAnswer(method, response, delivery.answer, delivery.cut)
    case 'raw':
      response.socket?.end(delivery.bytes)
      return
    case 'disconnect':
      response.destroy()
      return
    case 'silence':
      return
  }
}
/**
 * Starts a server on loopback that answers with what `handle` returns, altered by the matching faults.
 *
 * @throws if the port is taken.
 */
export async function startServer(options) {
  const { port, tls, faults, record, handle } = options
  const requests = []
  let running = 0
  const listener = async (message, response) => {
    const { method = '', url = '', headers } = message
    const request = { method, url, headers, user: readBasic(headers.authorization)?.username }
    if (record) requests.push(request)
    const left = new AbortController()
    running++
    response.once('close', () => {
      running--
      left.abort()
    })
    message.resume()
    try {
      const delivery = await deliveryOf(faults.take(request), async () => handle(request), left.signal)
      await send(method, response, delivery)
    } catch {
      // the client has left, or a fault cut the answer: either way nothing more can be said
      response.destroy()
    }
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { port: taken } = server.address()
  return {
    origin: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${taken}`,
    requests,
    faults,
    openRequests: () => running,
    close: async () => {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
