// One HTTP request and its answer. Small bodies come whole: a stream for each would cost more than the request.

import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { WaitSignal } from '../../concurrency/limiter.ts'

export type ResponseHeaders = Record<string, string | string[] | undefined>

/** Whole, or a stream that must be read to its end or destroyed: it holds a connection. */
export type Body = Buffer | Readable

export interface Answer {
  readonly statusCode: number
  readonly headers: ResponseHeaders
  readonly body: Body
}

/** What stops a request, also while it waits for its turn. */
export type StopSignal = WaitSignal

/** The answer began, and its connection did not last until its end; `cause` is what undici says of it. */
export class BrokenOffError extends Error {
  override readonly name = 'BrokenOffError'
}

/** Answers that never have a body, whatever length they announce: that of what a GET would bring (RFC 9110 §8.6). */
const BODILESS = new Set([204, 304])
const MAX_WHOLE_BYTES = 64 * 1024
/** A body that drips is passed on as it comes. */
const MAX_WHOLE_MS = 50
const EMPTY = Buffer.alloc(0)

function join(chunks: readonly Buffer[]): Buffer {
  const [first = EMPTY] = chunks
  return chunks.length < 2 ? first : Buffer.concat(chunks)
}

/** The body as a stream: what came so far, and what is still to come. */
function streamOf(controller: Dispatcher.DispatchController, chunks: readonly Buffer[]): Readable {
  const stream = new Readable({
    read: () => controller.resume(),
    destroy(error, done) {
      // after its end this aborts nothing
      controller.abort(error ?? new Error('the body is not wanted'))
      done(error)
    },
  })
  // whoever closes it early makes it fail with nobody listening, which would end the process
  stream.on('error', () => {})
  for (const chunk of chunks) stream.push(chunk)
  return stream
}

/**
 * Sends one request; follows nothing, retries nothing.
 *
 * @param signal  aborts it at any time, also while the body is on its way.
 * @throws what undici throws, as the cause of a BrokenOffError once the answer has begun; the signal's reason.
 */
export function exchange(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  signal: StopSignal | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const chunks: Buffer[] = []
    let stream: Readable | undefined
    let began = false
    let controller: Dispatcher.DispatchController | undefined
    let late: NodeJS.Timeout | undefined
    let whole = () => {}
    let stopped: Error | undefined
    const onAbort = () => {
      stopped = signal?.reason as Error
      controller?.abort(stopped)
      reject(stopped)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    let ended = false
    function over(): void {
      ended = true
      clearTimeout(late)
      signal?.removeEventListener('abort', onAbort)
    }
    dispatcher.dispatch(options, {
      onRequestStart(started) {
        controller = started
        // it may have waited for a connection until now
        if (stopped !== undefined) started.abort(stopped)
      },
      onResponseStart(started, statusCode, headers) {
        if (statusCode < 200) return
        began = true
        const answer = { statusCode, headers }
        // undici waits for the length that was announced, and takes its absence for a broken answer
        if (BODILESS.has(statusCode)) return resolve({ ...answer, body: EMPTY })
        const pass = () => {
          stream = streamOf(started, chunks)
          resolve({ ...answer, body: stream })
        }
        const length = headers['content-length']
        const isSmall =
          options.method === 'HEAD' || (length !== undefined && Number(length) <= MAX_WHOLE_BYTES)
        if (!isSmall) return pass()
        whole = () => resolve({ ...answer, body: join(chunks) })
        // most bodies came with their header, and end before this is asked
        queueMicrotask(() => {
          if (!ended) late = setTimeout(pass, MAX_WHOLE_MS)
        })
      },
      onResponseData(started, chunk) {
        if (stream === undefined) chunks.push(chunk)
        else if (!stream.push(chunk)) started.pause()
      },
      onResponseEnd() {
        over()
        if (stream === undefined) whole()
        else stream.push(null)
      },
      onResponseError(_started, error) {
        over()
        const isOurs = !began || signal?.aborted === true
        const failure = isOurs ? error : new BrokenOffError('the answer broke off', { cause: error })
        if (stream === undefined) reject(failure)
        else stream.destroy(failure)
      },
    })
  })
}
