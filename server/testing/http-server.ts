// The HTTP server under the fake registry and token server: it records requests, and scripted faults alter its responses.

import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { readBasic } from './access.ts'
import { type Cut, type Delivery, deliveryOf, type FakeResponse, type Faults } from './faults.ts'

/** One request as it arrived; `url` is raw, and a header sent twice is joined as node:http does. */
export interface RecordedRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** The user name of a Basic `Authorization`; undefined without one. */
  readonly user: string | undefined
}

export interface DemoServer {
  /** `http://127.0.0.1:<port>` (https with `tls`). */
  readonly origin: string
  /** All that arrived, oldest first. May be emptied by its reader (`requests.length = 0`). */
  readonly requests: RecordedRequest[]
  readonly faults: Faults
  /** Requests whose response has not ended and whose client is still connected. */
  openRequests(): number
  /** Ends every connection. Resolves when the port is free; a second call does nothing. */
  close(): Promise<void>
}

export interface ServerOptions {
  /** 0: any free one. */
  readonly port: number
  /** PEM. Serves https. */
  readonly tls: { readonly key: string; readonly cert: string } | undefined
  readonly faults: Faults
  /** False keeps `requests` empty, for a server that runs for long. */
  readonly record: boolean
  handle(request: RecordedRequest): FakeResponse | Promise<FakeResponse>
}

/** Long enough for what was written to reach the client before the connection is reset. */
const FLUSH_MILLISECONDS = 20

/** Passes on at most `bytes` bytes, then ends as `end` says; Content-Length stays that of the whole body. */
async function* cutAfter(
  body: AsyncIterable<Buffer | string>,
  { bytes, end }: Cut,
  closed: Promise<unknown>,
) {
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

async function sendResponse(
  method: string,
  response: ServerResponse,
  fake: FakeResponse,
  cut: Cut | undefined,
) {
  const { status, headers = {}, body = '' } = fake
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

async function send(method: string, response: ServerResponse, delivery: Delivery): Promise<void> {
  switch (delivery.kind) {
    case 'respond':
      return sendResponse(method, response, delivery.response, delivery.cut)
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
 * Starts a server on loopback that sends the response of `handle`, altered by the matching faults.
 *
 * @throws if the port is taken.
 */
export async function startServer(options: ServerOptions): Promise<DemoServer> {
  const { port, tls, faults, record, handle } = options
  const requests: RecordedRequest[] = []
  let running = 0
  const listener = async (message: IncomingMessage, response: ServerResponse) => {
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
      // the client disconnected, or a fault cut the response: nothing more can be sent
      response.destroy()
    }
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { port: taken } = server.address() as AddressInfo
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

/** The query's parameters. */
export function queryOf({ url }: RecordedRequest): URLSearchParams {
  const mark = url.indexOf('?')
  return new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1))
}

/** A response with this JSON, a newline behind it as Go writes it. */
export function json(value: unknown, status = 200): FakeResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(value)}\n` }
}
