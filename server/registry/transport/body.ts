// Reading a body that may be endless.

import type { Readable } from 'node:stream'
import type { Body } from './http.ts'

/** Error bodies arrive at once or are not worth the wait; a slow one must not delay the response. */
const MAX_MS = 5000

/**
 * Reads a whole body.
 *
 * @returns undefined as soon as it is longer than `maxBytes`; the rest is not read and its connection closed.
 * @throws the stream's error, and a TimeoutError if the whole takes longer than `maxMs`.
 */
export async function readBytes(body: Body, maxBytes: number, maxMs = MAX_MS): Promise<Buffer | undefined> {
  if (!Buffer.isBuffer(body)) return readStream(body, maxBytes, maxMs)
  return body.length <= maxBytes ? body : undefined
}

function readStream(body: Readable, maxBytes: number, maxMs: number): Promise<Buffer | undefined> {
  // events and not `for await`, which costs several promises a chunk: a page of tags reads a thousand bodies
  return new Promise((resolve, reject) => {
    // one that has failed or was closed before has no events any more
    if (body.destroyed) return reject(body.errored ?? new Error('the body ended early'))
    const chunks: Buffer[] = []
    let size = 0
    const late = setTimeout(() => {
      const error = Object.assign(new Error('the body took too long'), { name: 'TimeoutError' })
      reject(error)
      body.destroy(error)
    }, maxMs)
    body.on('data', (chunk: Buffer | string) => {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      size += bytes.length
      if (size <= maxBytes) return chunks.push(bytes)
      resolve(undefined)
      return body.destroy()
    })
    body.on('end', () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)))
    body.on('error', reject)
    body.on('close', () => {
      clearTimeout(late)
      reject(new Error('the body ended early'))
    })
  })
}

/** Reads a whole body as UTF-8; otherwise as `readBytes`. */
export async function readText(body: Body, maxBytes: number, maxMs = MAX_MS): Promise<string | undefined> {
  return (await readBytes(body, maxBytes, maxMs))?.toString('utf8')
}

/** Frees the connection of a response whose body is not needed: reads a little of it, else closes. */
export async function discard(body: Body): Promise<void> {
  try {
    await readText(body, 64 * 1024)
  } catch {
    // it was to be thrown away
  }
}

/** Frees the connection at once. */
export function close(body: Body): void {
  if (!Buffer.isBuffer(body)) body.destroy()
}
