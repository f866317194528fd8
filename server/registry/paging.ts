// Paging: the one place that reads a registry's Link. Its query is sent back unchanged, whatever its keys; it passes
// through the browser, which must not choose keys, with a signature.

import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import QuickLRU from 'quick-lru'
import { isMalformed, nextLink } from '../../shared/oci/link-header.ts'
import { gatewayError } from '../errors.ts'
import type { ListName, RegistryEndpoint } from './endpoint.ts'
import type { ResponseHeaders } from './transport/http.ts'

/** What follows a page, by its Link. */
export type Following =
  | { readonly kind: 'end' }
  | { readonly kind: 'next'; readonly query: string }
  /** There is more, but its Link cannot be followed; `why` is short and quotes nothing of the Link. */
  | { readonly kind: 'unreadable'; readonly why: string }

/** A page of a list, as it was requested. */
export type ListEndpoint = ListName & Pick<RegistryEndpoint, 'path'>

export interface PagingOptions {
  /** `SESSION_SECRET`, newest first, or the random one in its place: at least one. */
  readonly secrets: readonly string[]
  /** Called once for each list that cannot be read to its end. */
  readonly onUnreadable: (list: ListName, why: string) => void
}

/** Of the whole `next`, in characters. */
const MAX_NEXT = 2048
/** SHA-256 in base64url. */
const SIGNATURE_LENGTH = 43
/** In bytes, all of them ASCII. */
const MAX_QUERY = Math.floor(((MAX_NEXT - SIGNATURE_LENGTH - 1) * 3) / 4)
/** Reported lists: a registry that pages badly does so in each repository. */
const MAX_REPORTED = 1000

const unreadable = (why: string): Following => ({ kind: 'unreadable', why })

/** Whether a path ends with these segments, or is all of them. */
const endsWith = (segments: readonly string[], end: readonly string[]) =>
  end.length <= segments.length && end.every((one, at) => one === segments.at(at - end.length))

/** The path of a list behind its repository. */
function tailOf({ kind, digest }: ListName): readonly string[] {
  if (kind === 'catalog') return ['_catalog']
  return kind === 'tags' ? ['tags', 'list'] : ['referrers', digest ?? '']
}

/**
 * Whether a path leads to this very list. A registry behind a proxy may know itself under another prefix and its
 * repositories by a longer or a shorter name (Nexus, Artifactory): the end of the name has to agree.
 */
function isOfList(pathname: string, list: ListName): boolean {
  const segments = pathname.split('/').filter(Boolean)
  const tail = tailOf(list)
  if (!endsWith(segments, tail)) return false
  const before = segments.slice(0, -tail.length)
  const name = list.repository?.split('/') ?? []
  const named = before.slice(before.lastIndexOf('v2') + 1)
  return endsWith(before, name) || (before.includes('v2') && named.length > 0 && endsWith(name, named))
}

/** A path as it is meant; '' where its percent-encoding is broken. */
function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return ''
  }
}

/** Whether a query was appended to another one: readers differ in which of the two cursors counts. */
function isAppended(query: URLSearchParams): boolean {
  const isTwice = ['n', 'last'].some((name) => query.getAll(name).length > 1)
  return isTwice || [...query].some(([name, value]) => value.includes(`?${name}=`))
}

/**
 * Decides from a Link what follows a page of a list.
 *
 * @param link  the field, several joined by ", ": untrusted.
 * @param list  the page it came with.
 * @returns the registry's own query, in visible ASCII and short enough to be signed. Its host and its path are
 *   compared with the list's, and never requested. Never throws.
 */
export function followLink(link: string, list: ListEndpoint): Following {
  const next = nextLink(link)
  if (next === undefined) return isMalformed(link) ? unreadable('its Link is malformed') : { kind: 'end' }
  if (!/^[\x21-\x7e]*$/.test(next)) return unreadable('its Link holds bytes that no address may hold')
  // whatever the registry calls itself, only its configured address is ever requested
  const here = new URL(list.path, 'http://registry')
  if (!URL.canParse(next, here.href)) return unreadable('its Link is no address')
  const { protocol, pathname, search, searchParams } = new URL(next, here)
  if (!/^https?:$/.test(protocol) || !isOfList(decode(pathname), list))
    return unreadable('its Link leads to another list')
  if (search.length - 1 > MAX_QUERY) return unreadable('its Link is too long')
  if (searchParams.getAll('n').some((n) => !/^\d{0,9}$/.test(n)))
    return unreadable('its Link asks for an invalid number of items')
  if (isAppended(searchParams)) return unreadable('its Link holds two queries in one')
  return { kind: 'next', query: search.slice(1) }
}

/** @param text  the query in base64url. */
function signatureOf(key: Buffer, { kind, repository, digest }: ListName, text: string): string {
  return createHmac('sha256', key)
    .update(`${kind}\n${repository ?? ''}\n${digest ?? ''}\n${text}`)
    .digest('base64url')
}

/** Follows lists for the whole server, and signs the queries that the browser sends back. */
export class Paging {
  readonly #keys: readonly Buffer[]
  readonly #onUnreadable: PagingOptions['onUnreadable']
  readonly #reported = new QuickLRU<string, true>({ maxSize: MAX_REPORTED })

  constructor({ secrets, onUnreadable }: PagingOptions) {
    this.#keys = secrets.map((secret) => Buffer.from(hkdfSync('sha256', secret, 'gantry paging', 'next', 32)))
    this.#onUnreadable = onUnreadable
  }

  /** What follows the response with these header fields; see `followLink`. */
  after(headers: ResponseHeaders, list: ListEndpoint): Following {
    const following = followLink([headers.link].flat().join(', '), list)
    if (following.kind === 'unreadable') this.#report(list, following.why)
    return following
  }

  /**
   * The registry's query as the value of our own `next`, which holds for this list only: its base64url and a
   * signature, with a full stop between.
   */
  sign(list: ListName, query: string): string {
    const [newest] = this.#keys
    if (newest === undefined) throw new Error('a secret is needed to sign')
    const text = Buffer.from(query).toString('base64url')
    return `${text}.${signatureOf(newest, list, text)}`
  }

  /**
   * The registry's query out of a `next`, which any of the secrets may have signed.
   *
   * @throws GatewayError REQUEST_INVALID (400) for all that `sign` has not made for this list.
   */
  open(list: ListName, next: string): string {
    const [, text = '', signature = ''] = /^([\w-]*)\.([\w-]{43})$/.exec(next) ?? []
    const given = Buffer.from(signature)
    const isSigned = this.#keys.some((key) => {
      const made = Buffer.from(signatureOf(key, list, text))
      return made.length === given.length && timingSafeEqual(made, given)
    })
    if (isSigned) return Buffer.from(text, 'base64url').toString()
    throw gatewayError('next_page_invalid')
  }

  #report({ kind, repository, digest }: ListName, why: string): void {
    const key = `${kind} ${repository ?? ''}`
    if (this.#reported.has(key)) return
    this.#reported.set(key, true)
    this.#onUnreadable({ kind, repository, digest }, why)
  }
}
