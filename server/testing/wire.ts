// Requests over real sockets, for what `inject` hides: how a body ends, what a parser makes of raw bytes.

import { request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { World } from './world.ts'

/** Lets Gantry listen on loopback; returns the port. It is closed with its world. */
export async function listen(app: World['app']): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 })
  return (app.server.address() as AddressInfo).port
}

export interface Received {
  readonly statusCode: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly bytes: number
  /** Whether HTTP said that this was all of it. */
  readonly end: 'whole' | 'broken'
}

/** A GET whose body is counted and discarded. Rejects if no header arrives. */
export function receive(port: number, path: string): Promise<Received> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path }, (response) => {
      let bytes = 0
      const done = (end: Received['end']) => {
        const { statusCode = 0, headers } = response
        resolve({ statusCode, headers, bytes, end })
      }
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      response.on('end', () => done('whole')).on('error', () => done('broken'))
    })
    asked.on('error', reject).end()
  })
}

/** Writes these bytes to a new connection and reads until the other side closes it; '' if it only closes. */
export function rawExchange(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.setTimeout(10_000, () => socket.destroy())
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', () => {}).on('close', () => resolve(text))
  })
}
