// One HTTP request and its response. Small bodies are delivered whole: a stream for each would cost more than the request.

import { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { StopSignal } from '../../concurrency/limiter.ts'

export type ResponseHeaders = Record<string, string | string[] | undefined>

/** Whole, or a stream that must be read to its end or destroyed: it holds a connection. */
export type Body = Buffer | Readable

interface ResponseHead {
  readonly statusCode: number
  readonly headers: ResponseHeaders
}

export interface HttpResponse extends ResponseHead {
  readonly body: Body
}

/** The response began, and its connection broke before its end; `cause` is undici's error. */
export class BrokenOffError extends Error {
  override readonly name = 'BrokenOffError'
}

/** Responses that never have a body, whatever length they announce: that of a GET's (RFC 9110 §8.6). */
const BODILESS = new Set([204, 304])
const MAX_WHOLE_BYTES = 64 * 1024
/** A slow body is passed on as it arrives. */
const MAX_WHOLE_MS = 50
const EMPTY = Buffer.alloc(0)

function join(chunks: readonly Buffer[]): Buffer {
  const [first = EMPTY] = chunks
  return chunks.length < 2 ? first : Buffer.concat(chunks)
}

/** The body as a stream: the chunks so far, then the rest. */
function streamOf(controller: Dispatcher.DispatchController, chunks: readonly Buffer[]): Readable {
  const stream = new Readable({
    read: () => controller.resume(),
    destroy(error, done) {
      // after its end this aborts nothing
      controller.abort(error ?? new Error('the body is not wanted'))
      done(error)
    },
  })
  // closed early, it fails with no listener, which would end the process
  stream.on('error', () => {})
  for (const chunk of chunks) stream.push(chunk)
  return stream
}

/** One exchange in progress: what undici reports becomes one response, whole or as a stream. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #isHead: boolean
  readonly #signal: StopSignal | undefined
  readonly #resolve: (response: HttpResponse) => void
  readonly #reject: (error: unknown) => void
  #controller: Dispatcher.DispatchController | undefined
  /** Why the signal has aborted it. */
  #stopped: Error | undefined
  #began = false
  #ended = false
  /** Of a body that is expected to be small, until it is whole or late. */
  #small: { readonly head: ResponseHead; readonly chunks: Buffer[] } | undefined
  #late: NodeJS.Timeout | undefined
  #stream: Readable | undefined

  constructor(
    isHead: boolean,
    signal: StopSignal | undefined,
    resolve: (response: HttpResponse) => void,
    reject: (error: unknown) => void,
  ) {
    this.#isHead = isHead
    this.#signal = signal
    this.#resolve = resolve
    this.#reject = reject
    signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // it may have waited for a connection until now
    if (this.#stopped !== undefined) controller.abort(this.#stopped)
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: ResponseHeaders,
  ): void {
    if (statusCode < 200) return
    this.#began = true
    const head = { statusCode, headers }
    // undici waits for the length that was announced, and takes its absence for a broken response
    if (BODILESS.has(statusCode)) {
      this.#resolve({ ...head, body: EMPTY })
      return
    }
    const length = headers['content-length']
    const isSmall = this.#isHead || (length !== undefined && Number(length) <= MAX_WHOLE_BYTES)
    this.#small = { head, chunks: [] }
    if (!isSmall) {
      this.#passOn(controller)
      return
    }
    // most bodies arrive with their header, and end before this runs
    queueMicrotask(() => {
      if (!this.#ended) this.#late = setTimeout(() => this.#passOn(controller), MAX_WHOLE_MS)
    })
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#stream === undefined) this.#small?.chunks.push(chunk)
    else if (!this.#stream.push(chunk)) controller.pause()
  }

  onResponseEnd(): void {
    this.#end()
    if (this.#stream !== undefined) this.#stream.push(null)
    else if (this.#small !== undefined) this.#resolve({ ...this.#small.head, body: join(this.#small.chunks) })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end()
    const isOurs = !this.#began || this.#signal?.aborted === true
    const failure = isOurs ? error : new BrokenOffError('the response broke off', { cause: error })
    if (this.#stream === undefined) this.#reject(failure)
    else this.#stream.destroy(failure)
  }

  /** Resolves to a stream of what has arrived and what is still to arrive. */
  #passOn(controller: Dispatcher.DispatchController): void {
    if (this.#small === undefined) return
    const { head, chunks } = this.#small
    this.#stream = streamOf(controller, chunks)
    this.#resolve({ ...head, body: this.#stream })
  }

  readonly #onAbort = () => {
    this.#stopped = this.#signal?.reason as Error
    this.#controller?.abort(this.#stopped)
    this.#reject(this.#stopped)
  }

  #end(): void {
    this.#ended = true
    clearTimeout(this.#late)
    this.#signal?.removeEventListener('abort', this.#onAbort)
  }
}

/**
 * Sends one request; follows no redirect, retries nothing.
 *
 * @param signal  aborts it at any time, also while the body is on its way.
 * @throws what undici throws, as the cause of a BrokenOffError once the response has begun; the signal's reason.
 */
export function exchange(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  signal: StopSignal | undefined,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    dispatcher.dispatch(options, new Exchange(options.method === 'HEAD', signal, resolve, reject))
  })
}
