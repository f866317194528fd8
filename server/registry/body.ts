// Reading a body that may be endless.

import type { Readable } from 'node:stream'

/** Bodies of refusals come at once or are not worth waiting for; a dripping one must not hold anybody up. */
const MAX_MS = 5000

/**
 * Reads a whole body as UTF-8.
 *
 * @returns undefined as soon as it is longer than `maxBytes`; the rest is not read and its connection closed.
 * @throws what the stream throws, and an error if the whole takes longer than `maxMs`.
 */
export async function readText(
  body: Readable,
  maxBytes: number,
  maxMs = MAX_MS,
): Promise<string | undefined> {
  const late = setTimeout(() => body.destroy(new Error('the body took too long')), maxMs)
  try {
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of body) {
      const bytes = Buffer.from(chunk)
      size += bytes.length
      if (size > maxBytes) return undefined // leaving the loop destroys the stream
      chunks.push(bytes)
    }
    return Buffer.concat(chunks).toString('utf8')
  } finally {
    clearTimeout(late)
  }
}

/** Frees the connection of an answer whose body nobody wants: reads a little of it, else closes. */
export async function discard(body: Readable): Promise<void> {
  try {
    await readText(body, 64 * 1024)
  } catch {
    // it was to be thrown away
  }
}
