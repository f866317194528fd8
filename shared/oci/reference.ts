// Image references: `name`, `name:tag`, `name@digest`, `name:tag@digest`.

import { type Digest, parseDigest } from './digest.ts'

/** A repository's name within its registry, checked. */
export type Repository = string & { readonly __brand: 'Repository' }
/** A tag, checked. */
export type Tag = string & { readonly __brand: 'Tag' }

/** An image in a repository; without tag and digest, the repository itself. */
export interface Reference {
  readonly repository: Repository
  readonly tag?: Tag
  readonly digest?: Digest
}

// distribution-spec, "Pulling manifests"
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/
const MAX_NAME_LENGTH = 255

/**
 * Reads a repository's name.
 *
 * @returns undefined unless it has 1 to 255 characters of the name grammar. Never throws; linear.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
 */
export function parseRepository(text: string): Repository | undefined {
  if (text.length > MAX_NAME_LENGTH) return undefined
  return text.split('/').every((component) => COMPONENT.test(component)) ? (text as Repository) : undefined
}

/** Reads a tag: 1 to 128 characters of the tag grammar, else undefined. Never throws. */
export function parseTag(text: string): Tag | undefined {
  return TAG.test(text) ? (text as Tag) : undefined
}

/**
 * Reads a reference without a registry's host.
 *
 * @returns undefined if any part breaks its grammar. Never throws.
 */
export function parseReference(text: string): Reference | undefined {
  const at = text.indexOf('@')
  const digest = at === -1 ? undefined : parseDigest(text.slice(at + 1))
  if (at !== -1 && digest === undefined) return undefined
  const named = at === -1 ? text : text.slice(0, at)
  const colon = named.indexOf(':')
  const tag = colon === -1 ? undefined : parseTag(named.slice(colon + 1))
  if (colon !== -1 && tag === undefined) return undefined
  const repository = parseRepository(colon === -1 ? named : named.slice(0, colon))
  if (repository === undefined) return undefined
  return { repository, ...(tag && { tag }), ...(digest && { digest }) }
}

/** Writes a reference as `parseReference` reads it. */
export function formatReference({ repository, tag, digest }: Reference): string {
  return `${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`
}

const COMMAND = /^(?:docker|podman|nerdctl|crane|skopeo)\s+\S+\s+/
const SCHEME = /^(?:https?|oci|docker):\/\//

/**
 * Reads pasted text: a reference with or without this registry's host, a scheme or a pull command. The first part that
 * starts with this registry's host counts, so that options may precede it.
 *
 * @param registryHost  `host[:port]` as in pull commands.
 * @returns undefined if it is not a reference, or names another registry. Never throws.
 */
export function parsePastedReference(text: string, registryHost: string): Reference | undefined {
  const prefix = `${registryHost}/`.toLowerCase()
  const isHere = (word: string) => word.slice(0, prefix.length).toLowerCase() === prefix
  const words = text
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(SCHEME, ''))
  const bare = words.find(isHere) ?? text.trim().replace(COMMAND, '').replace(SCHEME, '')
  const local = isHere(bare) ? bare.slice(prefix.length) : bare
  const host = local.slice(0, local.indexOf('/') + 1)
  // like docker: a first component with a dot or a colon, or "localhost", is another registry
  if (local === bare && (/[.:]/.test(host) || host === 'localhost/')) return undefined
  return parseReference(local)
}
