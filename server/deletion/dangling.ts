// What is about a manifest, and would point to nothing without it.

import type { PlannedReferrer } from '../../shared/api.ts'
import { artifactTypeName } from '../../shared/oci/artifact-kind.ts'
import { cosignSubject, fallbackTag } from '../../shared/oci/attached-tags.ts'
import type { Digest } from '../../shared/oci/digest.ts'
import { leadsOn } from '../../shared/oci/link-header.ts'
import { parseManifest } from '../../shared/oci/manifest.ts'
import { OCI_INDEX } from '../../shared/oci/media-types.ts'
import type { Tag } from '../../shared/oci/reference.ts'
import type { Asker, Upstream } from '../images/upstream.ts'
import { close, readText } from '../registry/body.ts'
import type { RegistryClient } from '../registry/client.ts'
import { parseJson } from '../registry/json.ts'
import { readRefusal } from '../registry/registry-refusals.ts'
import { parseTarget } from '../registry/target.ts'
import { isUnreadable } from './unreadable.ts'

export interface DanglingOptions {
  readonly client: Pick<RegistryClient, 'send'>
  readonly upstream: Upstream
  /** All tags of the repository. */
  readonly tags: readonly Tag[]
  /** Whether it goes too: then it does not dangle. */
  readonly isTagGoing: (tag: Tag) => boolean
  readonly isGoing: (digest: Digest | undefined) => boolean
}

/** What is found; its digest is known to be one. */
type Found = PlannedReferrer & { readonly digest?: Digest | undefined }

const MAX_BYTES = 4 * 1024 * 1024
const MAX_MS = 60_000
const MORE: Found = { type: 'more than are listed here' }

const cosignKind = (tag: Tag) =>
  tag.endsWith('.sig') ? 'signature' : tag.endsWith('.att') ? 'attestation' : 'SBOM'

/** Undefined for what is no list of referrers. */
function parseList(value: unknown): readonly Found[] | undefined {
  const index = parseManifest(value, OCI_INDEX)
  if (index.kind !== 'index') return undefined
  return index.manifests.map(({ artifactType, mediaType, digest }) => ({
    type: artifactTypeName(artifactType ?? '') ?? artifactType ?? mediaType,
    digest,
  }))
}

function parsed(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** Finds everything about some digests: by cosign's tags, the fallback tags and, if it is there, the referrers API. */
export function createDangling(options: DanglingOptions) {
  const { client, upstream, isTagGoing, isGoing } = options
  const tags = new Set(options.tags)
  const signatures = new Map<Digest, PlannedReferrer[]>()
  let hasApi = true
  for (const tag of tags) {
    const subject = cosignSubject(tag)
    if (subject === undefined || isTagGoing(tag)) continue
    const known = signatures.get(subject) ?? []
    signatures.set(subject, [...known, { type: `cosign ${cosignKind(tag)}`, tag }])
  }

  async function byApi(asker: Asker, digest: Digest): Promise<readonly Found[]> {
    const { subject, repository, signal, lane } = asker
    const target = parseTarget('GET', `/v2/${repository}/referrers/${digest}`)
    const answer = await lane.run(async () => {
      const response = await client.send(target, subject, { headers: { accept: OCI_INDEX }, signal })
      const { statusCode, headers, body } = response
      if (statusCode === 429 || (statusCode >= 500 && statusCode !== 501))
        throw await readRefusal(target, response)
      if (statusCode === 200)
        return {
          text: await readText(body, MAX_BYTES, MAX_MS),
          leadsOn: leadsOn([headers.link].flat().join(', ')),
        }
      close(body)
      return undefined
    }, false)
    // how registries say that they have no such end point
    if (answer === undefined) hasApi = false
    if (answer === undefined) return []
    if (answer.text === undefined) return [MORE]
    const found = parseList(parsed(answer.text))
    if (found === undefined) hasApi = false
    return [...(found ?? []), ...(answer.leadsOn ? [MORE] : [])]
  }

  async function byFallback(asker: Asker, digest: Digest): Promise<readonly Found[]> {
    const tag = fallbackTag(digest)
    if (tag === undefined || !tags.has(tag) || isTagGoing(tag)) return []
    const list: Found = { type: 'list of referrers', tag }
    try {
      return [list, ...(parseList((await upstream.manifest(asker, tag)).value) ?? [])]
    } catch (error) {
      if (!isUnreadable(error)) throw error
      return [list]
    }
  }

  /** @throws GatewayError where the registry could not be asked. */
  return async (asker: Asker, digests: readonly Digest[]): Promise<readonly PlannedReferrer[]> => {
    const found: PlannedReferrer[] = []
    const seen = new Set<string>()
    for (const digest of digests) {
      const listed = [...(hasApi ? await byApi(asker, digest) : []), ...(await byFallback(asker, digest))]
      found.push(...(signatures.get(digest) ?? []))
      for (const referrer of listed) {
        if (isGoing(referrer.digest) || (referrer.digest !== undefined && seen.has(referrer.digest))) continue
        if (referrer.digest !== undefined) seen.add(referrer.digest)
        found.push(referrer)
      }
    }
    return found
  }
}
