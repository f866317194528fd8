import { type IncomingHttpHeaders } from 'node:http'
import { type Answer, type Faults } from './faults.ts'
/** One request as it arrived; `url` is raw, and a header sent twice is joined as node:http does. */
export interface RecordedRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** The user name of a Basic `Authorization`; undefined without one. */
  readonly user: string | undefined
}
export interface DemoServer {
  /** `http://127.0.0.1:<port>` (https with `tls`). */
  readonly origin: string
  /** All that arrived, oldest first. May be emptied by its reader (`requests.length = 0`). */
  readonly requests: RecordedRequest[]
  readonly faults: Faults
  /** Requests whose answer has not ended and whose client is still there. */
  openRequests(): number
  /** Ends every connection. Resolves when the port is free; a second call does nothing. */
  close(): Promise<void>
}
export interface ServerOptions {
  /** 0: any free one. */
  readonly port: number
  /** PEM. Serves https. */
  readonly tls:
    | {
        readonly key: string
        readonly cert: string
      }
    | undefined
  readonly faults: Faults
  /** False keeps `requests` empty, for a server that runs for long. */
  readonly record: boolean
  handle(request: RecordedRequest): Answer | Promise<Answer>
}
/**
 * Starts a server on loopback that answers with what `handle` returns, altered by the matching faults.
 *
 * @throws if the port is taken.
 */
export declare function startServer(options: ServerOptions): Promise<DemoServer>
