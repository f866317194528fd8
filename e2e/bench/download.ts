// Downloads as cheap as can be.

import { connect } from 'node:net'
import type { Server } from './place.ts'

/**
 * Reads an answer to its end into one small buffer: a reader that costs next to nothing.
 *
 * @param size  bytes of the body; fewer are a failure.
 */
export function download({ origin }: Pick<Server, 'origin'>, path: string, size: number): Promise<void> {
  const { hostname, port, host } = new URL(origin)
  return new Promise((resolve, reject) => {
    let read = 0
    const buffer = Buffer.alloc(256 * 1024)
    const socket = connect({
      host: hostname,
      port: Number(port),
      onread: {
        buffer,
        callback(length) {
          if (read === 0 && !buffer.subarray(0, length).toString('latin1').startsWith('HTTP/1.1 200'))
            reject(new Error('no blob'))
          read += length
          return true
        },
      },
    })
    socket.once('error', reject)
    socket.once('end', () => (read > size ? resolve() : reject(new Error(`only ${read} bytes came`))))
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  })
}
