// A recording proxy between browser and Gantry: plain, or as a reverse proxy that terminates TLS.

import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './processes.ts'

/** One request with its response. */
export interface Passed {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly status: number
  readonly responseHeaders: IncomingHttpHeaders
  readonly body: string
}

export interface Relay {
  readonly port: number
  /** Where it forwards to. */
  gantryPort(): number
  /** Oldest first; may be emptied by its reader. */
  readonly passed: Passed[]
  close(): Promise<void>
}

/** A certificate that no browser trusts: tests ignore that. */
async function createCertificate(): Promise<{ key: Buffer; cert: Buffer }> {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-relay-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  try {
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    const subject = ['-days', '2', '-subj', '/CN=gantry.test']
    await run('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert])
    return { key: readFileSync(key), cert: readFileSync(cert) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export interface RelayOptions {
  readonly tls?: boolean
  /** Responds to a request itself, with this status only. */
  refuse?(method: string, url: string): number | undefined
}

/** @param gantryPort  called for each request, so that Gantry may start after its relay. */
export async function startRelay(
  gantryPort: () => number,
  { tls = false, refuse }: RelayOptions = {},
): Promise<Relay> {
  const passed: Passed[] = []
  function pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method = '', url = '', headers } = incoming
    const refused = refuse?.(method, url)
    if (refused !== undefined) {
      incoming.resume()
      outgoing.writeHead(refused).end()
      return
    }
    const forwarded = tls ? { 'x-forwarded-proto': 'https', 'x-forwarded-host': headers.host ?? '' } : {}
    const asked = request(
      { host: '127.0.0.1', port: gantryPort(), method, path: url, headers: { ...headers, ...forwarded } },
      (response) => {
        const { statusCode: status = 0, headers: responseHeaders } = response
        const chunks: Buffer[] = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('end', () => {
          const body = Buffer.concat(chunks).toString('latin1')
          passed.push({ method, url, headers, status, responseHeaders, body })
        })
        response.on('error', () => outgoing.destroy())
        outgoing.writeHead(status, responseHeaders)
        response.pipe(outgoing)
      },
    )
    asked.on('error', () => outgoing.destroy())
    outgoing.on('close', () => asked.destroy())
    incoming.pipe(asked)
  }
  const server = tls ? createTlsServer(await createCertificate(), pass) : createServer(pass)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    gantryPort,
    passed,
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
