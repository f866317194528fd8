import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
/** An answer as a value. A function as body streams: it is called once for each answer. */
export interface Answer {
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
 * What goes wrong. `answer`, `redirect`, `raw`, `silence` and `disconnect` keep the server's own handler from
 * running at all (nothing is deleted, no token made); the others change what it answers.
 */
export type Fault =
  /** Answers this instead. */
  | ({
      readonly kind: 'answer'
    } & Answer)
  /** Sends elsewhere; status 307 unless told. */
  | {
      readonly kind: 'redirect'
      readonly location: string
      readonly status?: number
    }
  /** Writes these bytes to the socket instead of HTTP, and ends it. */
  | {
      readonly kind: 'raw'
      readonly bytes: Buffer | string
    }
  /** Never answers; the connection stays open. */
  | {
      readonly kind: 'silence'
    }
  /** Resets the connection without an answer. */
  | {
      readonly kind: 'disconnect'
    }
  /** Answers later. */
  | {
      readonly kind: 'delay'
      readonly milliseconds: number
    }
  /** Announces the whole body and sends a part of it. */
  | ({
      readonly kind: 'cut'
    } & Cut)
  /** Ends the body early with a length that agrees: well-formed HTTP, half the document. */
  | {
      readonly kind: 'truncate'
      readonly bytes: number
    }
  /** Sets fields of the answer (names in lower case); a list is sent as several fields. */
  | {
      readonly kind: 'headers'
      readonly headers: OutgoingHttpHeaders
    }
  /** Changes the JSON body of the answer; digest and ETag stay, so that they no longer agree. */
  | {
      readonly kind: 'json'
      alter(value: unknown): unknown
    }
/** What a rule sees of a request; `url` is path and query. */
export interface FaultyRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
}
export interface FaultRule {
  /** A pattern is tried on the URL. */
  readonly match: RegExp | ((request: FaultyRequest) => boolean)
  /** How many requests it strikes; absent: all. */
  readonly times?: number
  readonly fault: Fault
}
export interface Faults {
  /** Adds a rule behind the others; all that match a request act, in this order. Returns its remover. */
  add(rule: FaultRule): () => void
  clear(): void
  /** The faults of this request, which counts against `times`. For the servers. */
  take(request: FaultyRequest): readonly Fault[]
}
/** An empty script of faults, for one or several servers. */
export declare function createFaults(): Faults
/** What a server does with a request in the end. */
export type Delivery =
  | {
      readonly kind: 'answer'
      readonly answer: Answer
      readonly cut?: Cut
    }
  | Extract<
      Fault,
      {
        kind: 'raw' | 'silence' | 'disconnect'
      }
    >
/**
 * Works out what happens to a request.
 *
 * @param faults  as `take` gave them. Delays come first and add up; of several replacements the last counts.
 * @param ordinary  the server's own answer; called at most once, and not at all if a fault replaces it.
 * @param signal  ends a delay when the client leaves: then it rejects with AbortError.
 */
export declare function deliveryOf(
  faults: readonly Fault[],
  ordinary: () => Promise<Answer>,
  signal: AbortSignal,
): Promise<Delivery>
