// Scripted faults: the one place that makes the fake registry and token server misbehave.

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** A response as a value. A function as body streams: it is called once per response. */
export interface FakeResponse {
  readonly status: number
  readonly headers?: OutgoingHttpHeaders
  readonly body?: Buffer | string | (() => AsyncIterable<Buffer | string>)
}

/** Where a body ends before its announced length, and what follows: a reset, or nothing ever. */
export interface Cut {
  readonly bytes: number
  readonly end: 'disconnect' | 'stall'
}

/**
 * What goes wrong. `respond`, `redirect`, `raw`, `silence` and `disconnect` keep the server's own handler from
 * running at all (nothing is deleted, no token made); the others change its response.
 */
export type Fault =
  /** Sends this response instead. */
  | ({ readonly kind: 'respond' } & FakeResponse)
  /** Redirects; status 307 by default. */
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: number }
  /** Writes these bytes to the socket instead of HTTP, and ends it. */
  | { readonly kind: 'raw'; readonly bytes: Buffer | string }
  /** Never responds; the connection stays open. */
  | { readonly kind: 'silence' }
  /** Resets the connection without a response. */
  | { readonly kind: 'disconnect' }
  /** Delays the response. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** Delays the response until this promise settles. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> }
  /** Announces the whole body and sends a part of it. */
  | ({ readonly kind: 'cut' } & Cut)
  /** Ends the body early with a length that agrees: well-formed HTTP, half the document. */
  | { readonly kind: 'truncate'; readonly bytes: number }
  /** Sets header fields of the response (names in lower case); a list is sent as several fields. */
  | { readonly kind: 'headers'; readonly headers: OutgoingHttpHeaders }
  /** Changes the JSON body of the response; digest and ETag stay, so they no longer match. */
  | { readonly kind: 'json'; alter(value: unknown): unknown }

/** What a rule sees of a request; `url` is path and query. */
export interface FaultyRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

export interface FaultRule {
  /** A pattern is tried on the URL. */
  readonly match: RegExp | ((request: FaultyRequest) => boolean)
  /** How many requests it affects; default: all. */
  readonly times?: number
  /** A function derives it from the request. */
  readonly fault: Fault | ((request: FaultyRequest) => Fault)
}

export interface Faults {
  /** Adds a rule behind the others; all that match a request act, in this order. Returns its remover. */
  add(rule: FaultRule): () => void
  clear(): void
  /** The faults of this request, which counts against `times`. For the servers. */
  take(request: FaultyRequest): readonly Fault[]
}

/** An empty script of faults, for one or several servers. */
export function createFaults(): Faults {
  const left = new Map<FaultRule, number>()
  // search, unlike test, does not remember a place in patterns with the g flag
  const matches = ({ match }: FaultRule, request: FaultyRequest) =>
    typeof match === 'function' ? match(request) : request.url.search(match) !== -1
  return {
    add(rule) {
      // a copy, so that a rule added twice strikes twice
      const own = { ...rule }
      left.set(own, rule.times ?? Number.POSITIVE_INFINITY)
      return () => left.delete(own)
    },
    clear: () => left.clear(),
    take(request) {
      const struck = [...left].filter(([rule, times]) => times > 0 && matches(rule, request))
      for (const [rule, times] of struck) left.set(rule, times - 1)
      return struck.map(([{ fault }]) => (typeof fault === 'function' ? fault(request) : fault))
    },
  }
}

/** What the server finally does with a request. */
export type Delivery =
  | { readonly kind: 'respond'; readonly response: FakeResponse; readonly cut?: Cut }
  | Extract<Fault, { kind: 'raw' | 'silence' | 'disconnect' }>

/** Alters a response; a streamed body is left alone where the whole body would be needed. */
function alter(response: FakeResponse, fault: Fault): FakeResponse {
  const { body = '' } = response
  if (fault.kind === 'headers') return { ...response, headers: { ...response.headers, ...fault.headers } }
  if (typeof body === 'function') return response
  if (fault.kind === 'json')
    return { ...response, body: JSON.stringify(fault.alter(JSON.parse(String(body)))) }
  if (fault.kind === 'truncate') return { ...response, body: Buffer.from(body).subarray(0, fault.bytes) }
  return response
}

/** The response that replaces the server's own; undefined if this fault has none. */
function replacementOf(fault: Fault): FakeResponse | undefined {
  if (fault.kind === 'respond') return fault
  if (fault.kind === 'redirect') return { status: fault.status ?? 307, headers: { location: fault.location } }
  return undefined
}

/**
 * Works out what happens to a request.
 *
 * @param faults  as returned by `take`. Delays apply first and add up; of several replacements the last wins.
 * @param ordinary  makes the server's own response; called at most once, and never if a fault replaces it.
 * @param signal  ends a delay when the client disconnects; it then rejects with AbortError.
 */
export async function deliveryOf(
  faults: readonly Fault[],
  ordinary: () => Promise<FakeResponse>,
  signal: AbortSignal,
): Promise<Delivery> {
  for (const fault of faults)
    if (fault.kind === 'delay') await sleep(fault.milliseconds, undefined, { signal })
    else if (fault.kind === 'hold') await fault.until
  for (const fault of faults)
    if (fault.kind === 'silence' || fault.kind === 'disconnect' || fault.kind === 'raw') return fault
  const replacement = faults.map(replacementOf).findLast((response) => response !== undefined)
  const response = faults.reduce(alter, replacement ?? (await ordinary()))
  const cut = faults.findLast((fault) => fault.kind === 'cut')
  return { kind: 'respond', response, ...(cut && { cut }) }
}
