// The next page of a list, as the registry names it.

import { nextLink } from '../../shared/oci/link-header.ts'
import { GatewayError } from '../errors.ts'
import { isPassedOn, parseTarget, type RegistryTarget } from './target.ts'

function unknownPaging(): GatewayError {
  return new GatewayError('UNAVAILABLE', 'The registry pages its lists in a way that Gantry does not know.', {
    reason: 'bad_answer',
  })
}

/** A path as it is meant; undefined where its percent-encoding is broken. */
function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}

/**
 * The next page as a path of the registry.
 *
 * @param link  the Link field of the answer to `target`.
 * @returns path and query, rebuilt; undefined unless it is the same end point of the same registry: a Link
 *   elsewhere is not followed.
 * @throws GatewayError UNAVAILABLE/bad_answer for a cursor that could not be passed on.
 */
export function nextPage(
  link: string | undefined,
  target: RegistryTarget,
  registryOrigin: string,
): string | undefined {
  const next = nextLink(link)
  if (next === undefined) return undefined
  const here = new URL(target.path, registryOrigin)
  if (!URL.canParse(next, here.href)) return undefined
  const url = new URL(next, here)
  // some write the colon of a digest as %3A: decoded it must be this very path, which is what we answer with
  if (decode(url.pathname) !== here.pathname) return undefined
  const unknown = [...url.searchParams.keys()].find((name) => !isPassedOn(target.kind, name))
  // without its cursor the link would lead to the first page again, for ever
  if (unknown !== undefined) throw unknownPaging()
  // a registry behind a proxy may know itself by another name; its path is what counts, and we only ever ask here
  try {
    return parseTarget('GET', here.pathname + url.search).path
  } catch {
    return undefined
  }
}
