// Which part of the distribution API a request means.

import { parseRepository, parseTag } from '../../shared/oci/reference.ts'
import type { RecordedRequest } from './exchange.ts'

export type Route =
  | { readonly kind: 'greeting' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'tags'; readonly repository: string }
  | {
      readonly kind: 'manifest' | 'blob' | 'referrers'
      readonly repository: string
      readonly reference: string
    }

const KINDS = { manifests: 'manifest', blobs: 'blob', referrers: 'referrers' } as const
// looser than the specification's, like distribution's router: what is no digest gets DIGEST_INVALID later
const DIGEST_LIKE = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/

/** Reads the path; undefined where distribution has no route. Never throws. */
export function parseRoute(url: string): Route | undefined {
  const path = decode(url.split('?', 1)[0] ?? '')
  if (path === '/v2/') return { kind: 'greeting' }
  if (path === '/v2/_catalog') return { kind: 'catalog' }
  const tags = /^\/v2\/(.+)\/tags\/list$/.exec(path)?.[1]
  if (tags !== undefined)
    return parseRepository(tags) === undefined ? undefined : { kind: 'tags', repository: tags }
  const [, repository = '', place = '', reference = ''] =
    /^\/v2\/(.+)\/(manifests|blobs|referrers)\/([^/]+)$/.exec(path) ?? []
  if (parseRepository(repository) === undefined) return undefined
  const kind = KINDS[place as keyof typeof KINDS]
  if (DIGEST_LIKE.test(reference) || (kind === 'manifest' && parseTag(reference) !== undefined))
    return { kind, repository, reference }
  return undefined
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return ''
  }
}

/** The query's parameters. */
export function queryOf({ url }: RecordedRequest): URLSearchParams {
  const mark = url.indexOf('?')
  return new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1))
}
