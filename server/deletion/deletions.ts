// One deletion: what was planned is compared with what is there, then the registry is asked, and the log says who
// deleted what.

import type { FastifyBaseLogger } from 'fastify'
import * as z from 'zod'
import type { DeletionRequest } from '../../shared/api.ts'
import { parseDigest } from '../../shared/oci/digest.ts'
import { ACCEPT_MANIFESTS } from '../../shared/oci/media-types.ts'
import { parseTag } from '../../shared/oci/reference.ts'
import { GatewayError } from '../errors.ts'
import { close } from '../registry/body.ts'
import type { RegistryClient } from '../registry/client.ts'
import type { RegistryResponse } from '../registry/redirects.ts'
import { readRefusal } from '../registry/registry-refusals.ts'
import type { Subject } from '../registry/subject.ts'
import { parseTarget, type RegistryTarget } from '../registry/target.ts'
import { toGatewayError } from '../registry/upstream-failure.ts'
import { eachOf } from './each-of.ts'
import { siblingsGone, type TagDeletion } from './tag-deletion.ts'

export interface DeletionsOptions {
  readonly client: Pick<RegistryClient, 'send'>
  readonly tagDeletion: TagDeletion
  /** Who is at the page that asks for a password itself (UI_USERNAME). */
  readonly uiUser: string | undefined
}

export interface Deletion {
  readonly target: RegistryTarget
  readonly subject: Subject
  /** The request's body, not yet looked at. */
  readonly body: unknown
  readonly signal: AbortSignal
  readonly log: Pick<FastifyBaseLogger, 'info'>
  readonly requestId: string
}

export interface Deletions {
  /**
   * @returns the registry's answer, not necessarily a success.
   * @throws GatewayError; CONFLICT if the plan no longer holds, in which case nothing was deleted.
   */
  run(deletion: Deletion): Promise<RegistryResponse>
}

/** As many names of 128 characters as a body of 128 KiB has room for. */
const MAX_NAMED = 900
/** Siblings that are looked for after a deletion by tag: one would do. */
const MAX_SIBLINGS = 10
/** A log line is read by people. */
const MAX_LOGGED = 50

const tags = (most: number) =>
  z
    .array(z.string().refine((text) => parseTag(text) !== undefined))
    .max(most)
    .optional()
const bodyShape = z.strictObject({
  digest: z
    .string()
    .refine((text) => parseDigest(text) !== undefined)
    .optional(),
  tags: tags(MAX_NAMED),
  siblings: tags(MAX_SIBLINGS),
})

function readPlan(body: unknown): DeletionRequest {
  const parsed = bodyShape.safeParse(body ?? {})
  if (parsed.success) return parsed.data
  throw new GatewayError(
    'REQUEST_INVALID',
    `The body is {"digest": "…", "tags": ["…"], "siblings": ["…"]}, with at most ${MAX_NAMED} tags and ${MAX_SIBLINGS} siblings.`,
  )
}

function moved(tag: string, digest: string | undefined): GatewayError {
  const words = digest === undefined ? 'is gone' : 'names another manifest by now'
  return new GatewayError('CONFLICT', `${tag} ${words}: nothing was deleted. Look at the plan again.`, {
    detail: { reason: 'tag_moved', tag, ...(digest !== undefined && { digest }) },
  })
}

/** Who did it, for people: the account, or in whose name the page acts. */
function whoOf(subject: Subject, uiUser: string | undefined): string {
  if (subject.kind === 'session') return subject.credentials.username
  return (
    uiUser ?? (subject.kind === 'service' ? `service account ${subject.credentials.username}` : 'anybody')
  )
}

export function createDeletions({ client, tagDeletion, uiUser }: DeletionsOptions): Deletions {
  /** What a tag names; undefined if it is gone. */
  async function digestOf(tag: string, { target, subject, signal }: Deletion): Promise<string | undefined> {
    const head = parseTarget('HEAD', `/v2/${target.repository}/manifests/${tag}`)
    const headers = { accept: ACCEPT_MANIFESTS }
    const response = await client.send(head, subject, { headers, signal })
    const { statusCode, body } = response
    if (statusCode === 404) {
      close(body)
      return undefined
    }
    if (statusCode !== 200) throw await readRefusal(head, response, undefined)
    close(body)
    const digest = parseDigest(String([response.headers['docker-content-digest']].flat()[0] ?? ''))
    if (digest === undefined)
      throw new GatewayError('UNAVAILABLE', 'The registry does not say which manifest a tag names.', {
        reason: 'bad_answer',
      })
    return digest
  }

  /** By tag: the very manifest. By digest: each tag that was shown to go with it; one that is gone is gone. */
  async function compare(deletion: Deletion, plan: DeletionRequest): Promise<void> {
    const { target } = deletion
    if (target.digest === undefined) {
      const tag = tagOf(target)
      const digest = plan.digest === undefined ? undefined : await digestOf(tag, deletion)
      if (digest !== plan.digest) throw moved(tag, digest)
      return
    }
    await eachOf(plan.tags ?? [], async (tag) => {
      const digest = await digestOf(tag, deletion)
      if (digest !== undefined && digest !== target.digest) throw moved(tag, digest)
    })
  }

  async function checkSiblings(deletion: Deletion, { digest, siblings = [] }: DeletionRequest) {
    if (deletion.target.digest !== undefined || siblings.length === 0 || tagDeletion.isProven()) return
    const lost: string[] = []
    await eachOf(siblings, async (tag) => {
      if ((await digestOf(tag, deletion)) === undefined) lost.push(tag)
    })
    tagDeletion.prove(lost.length === 0)
    if (lost.length > 0 && digest !== undefined) throw siblingsGone(tagOf(deletion.target), lost)
  }

  async function send(deletion: Deletion, plan: DeletionRequest): Promise<RegistryResponse> {
    const { target, subject, signal } = deletion
    await compare(deletion, plan)
    // once begun it is not taken back: a browser that leaves would not know what became of it, nor would the log
    signal.throwIfAborted()
    return client.send(target, subject, { headers: {}, signal: undefined })
  }

  return {
    async run(deletion) {
      const { target, subject, log, requestId } = deletion
      const plan = readPlan(deletion.body)
      const names = target.digest === undefined ? [tagOf(target)] : (plan.tags ?? [])
      const audit = (result: string) =>
        log.info(
          {
            audit: 'deletion',
            who: whoOf(subject, uiUser),
            repository: target.repository,
            digest: target.digest ?? plan.digest,
            tags: names.slice(0, MAX_LOGGED),
            ...(names.length > MAX_LOGGED && { moreTags: names.length - MAX_LOGGED }),
            result,
            requestId,
          },
          'deletion',
        )
      try {
        const response = await send(deletion, plan)
        audit(response.statusCode < 300 ? 'deleted' : `refused by the registry: ${response.statusCode}`)
        if (response.statusCode < 300) await checkSiblings(deletion, plan)
        return response
      } catch (error) {
        const failure = toGatewayError(error, 'registry')
        if (failure.detail?.reason !== 'siblings_gone') audit(`not deleted: ${failure.code}`)
        else audit(`deleted other tags too: ${String(failure.detail.tags)}`)
        throw failure
      }
    },
  }
}

function tagOf({ path }: RegistryTarget): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
