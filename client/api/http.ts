// The only fetch of the page.

import { type ErrorEntry, parseErrorEnvelope, reasonOf, retryAfterOf } from '../../shared/errors.ts'

/** A refusal or failure in the one error shape; `status` 0: no answer came at all. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: string
  /** `detail.reason`: what kind of UNAVAILABLE or UNAUTHORIZED it is. */
  readonly reason: string | undefined
  /** Not looked at: by its code, whoever needs it. */
  readonly detail: unknown
  readonly retryAfterSeconds: number | undefined

  constructor(status: number, entry: ErrorEntry, retryAfterSeconds?: number) {
    super(entry.message)
    this.status = status
    this.code = entry.code
    this.reason = reasonOf(entry)
    this.detail = entry.detail
    this.retryAfterSeconds = retryAfterSeconds
  }
}

export interface RequestOptions {
  readonly signal: AbortSignal
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly accept?: string
  /** Sent as JSON. */
  readonly body?: unknown
  /** The longest answer that is read; 32 MiB if absent: room for the tags of the largest repositories. */
  readonly maxBytes?: number
}

export interface TextAnswer {
  readonly text: string
  readonly headers: Headers
}

export interface BytesAnswer {
  /** Exactly as sent. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly headers: Headers
}

const MIB = 1024 * 1024
/** The specification's limit for manifests, and ours for configs. */
export const MAX_DOCUMENT_BYTES = 4 * MIB

/** Relative to the page's base, so that one build works under every path. */
function toUrl(path: string): string {
  return new URL(path, document.baseURI).href
}

async function errorOf(response: Response): Promise<ApiError> {
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  const value: unknown = await response.json().catch(() => undefined)
  const entry = parseErrorEnvelope(value)?.errors[0] ?? {
    code: 'UNAVAILABLE',
    message: `Something between this page and Gantry answered ${response.status}.`,
  }
  return new ApiError(response.status, entry, Number.isFinite(retryAfter) ? retryAfter : undefined)
}

/** The answer to a request, its body not read yet. Throws ApiError for every refusal; AbortError when cancelled. */
export async function send(
  path: string,
  { signal, method = 'GET', accept = 'application/json', body }: RequestOptions,
): Promise<Response> {
  const headers: Record<string, string> = { accept }
  if (body !== undefined) headers['content-type'] = 'application/json'
  const response = await fetch(toUrl(path), {
    method,
    headers,
    signal,
    body: body === undefined ? null : JSON.stringify(body),
    credentials: 'same-origin',
    redirect: 'error',
  }).catch((error: unknown) => {
    if (signal.aborted) throw error
    throw new ApiError(0, {
      code: 'UNAVAILABLE',
      message: 'Gantry itself does not answer. Check the connection to it.',
    })
  })
  if (!response.ok) throw await errorOf(response)
  return response
}

/** For answers that are none. */
export function badAnswer(message: string): ApiError {
  return new ApiError(502, { code: 'UNAVAILABLE', message, detail: { reason: 'bad_answer' } })
}

/** Reads no more than it may: a body without a length, or with a wrong one, is cut off in time. */
async function readBytes(response: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const reader = response.body?.getReader()
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let length = 0
  for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
    length += part.value.length
    if (length > maxBytes) {
      void reader?.cancel()
      return undefined
    }
    chunks.push(part.value)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

/** The exact bytes of an answer, at most `maxBytes`. Throws ApiError; AbortError when cancelled. */
export async function fetchBytes(path: string, options: RequestOptions): Promise<BytesAnswer> {
  const { maxBytes = 32 * MIB } = options
  const tooLarge = `The registry’s answer is too large to be shown (more than ${maxBytes / MIB} MiB).`
  const response = await send(path, options)
  if (Number(response.headers.get('content-length')) > maxBytes) {
    void response.body?.cancel()
    throw badAnswer(tooLarge)
  }
  const bytes = await readBytes(response, maxBytes).catch((error: unknown) => {
    if (options.signal.aborted) throw error
    throw badAnswer('The registry’s answer broke off before its end.')
  })
  if (bytes === undefined) throw badAnswer(tooLarge)
  return { bytes, headers: response.headers }
}

/** An answer's text, at most `maxBytes`. Throws like fetchBytes. */
export async function fetchText(path: string, options: RequestOptions): Promise<TextAnswer> {
  const { bytes, headers } = await fetchBytes(path, options)
  return { text: new TextDecoder().decode(bytes), headers }
}

const STATUS_OF: ReadonlyMap<string, number> = new Map([
  ['UNAUTHORIZED', 401],
  ['DENIED', 403],
  ['NAME_UNKNOWN', 404],
  ['UNSUPPORTED', 405],
  ['TOOMANYREQUESTS', 429],
])

/** An error within an answer as if it were the answer's. */
export function errorOfEntry(entry: ErrorEntry): ApiError {
  return new ApiError(STATUS_OF.get(entry.code) ?? 502, entry, retryAfterOf(entry))
}

/** Parses JSON from the registry. Throws ApiError UNAVAILABLE/bad_answer. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw badAnswer('The registry’s answer is not valid JSON.')
  }
}

/** An answer's JSON, not yet looked at. */
export async function fetchJson(
  path: string,
  options: RequestOptions,
): Promise<{ value: unknown; headers: Headers }> {
  const { text, headers } = await fetchText(path, options)
  return { value: parseJson(text), headers }
}

/** For answers that parse but hold something else than was asked for. */
export function unexpectedAnswer(what: string): ApiError {
  return badAnswer(`The registry’s answer is no ${what}.`)
}
