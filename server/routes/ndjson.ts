// A response in lines of JSON (application/x-ndjson), each sent as soon as it is known.

import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

export interface Lines {
  write(value: object): void
  /** Characters written that the client has not read yet, beyond its socket's buffers. */
  unread(): number
  end(): void
}

/** A delay that nobody notices; a write for each line took a third of the time. */
const GATHER_MS = 50

/**
 * The body of a response, line by line. The first line is sent at once; those that follow within 50 ms, together.
 * Its header is sent at the first read, before any line is known.
 */
function createLines(reply: FastifyReply) {
  let gathered = ''
  let pause: NodeJS.Timeout | undefined
  // 500 rows of at most some 20 kB are held for a slow reader, and no upstream request waits for it
  const stream = new Readable({
    read() {
      if (!reply.raw.headersSent) reply.raw.flushHeaders()
    },
  })

  function flush(): void {
    pause = gathered === '' ? undefined : setTimeout(flush, GATHER_MS)
    if (gathered !== '') stream.push(gathered)
    gathered = ''
  }

  return {
    stream,
    write(value: object): void {
      gathered += `${JSON.stringify(value)}\n`
      if (pause === undefined) flush()
    },
    unread: () => stream.readableLength + gathered.length,
    end(): void {
      clearTimeout(pause)
      if (gathered !== '') stream.push(gathered)
      stream.push(null)
    },
  }
}

/**
 * Responds in lines. There may be none for as long as the registry is slow or asks to wait, which is bounded elsewhere,
 * so the socket's idle timeout is off meanwhile.
 */
export function sendLines(reply: FastifyReply): Lines {
  const { socket } = reply.request.raw
  const idleMs = socket.timeout
  const lines = createLines(reply)
  if (idleMs !== undefined) socket.setTimeout(0)
  reply.header('cache-control', 'no-store').header('x-accel-buffering', 'no')
  void reply.type('application/x-ndjson; charset=utf-8').send(lines.stream)
  return {
    write: lines.write,
    unread: lines.unread,
    end() {
      // a client that reads nothing is cut off again
      if (idleMs !== undefined) socket.setTimeout(idleMs)
      lines.end()
    },
  }
}
