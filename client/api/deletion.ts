// What deleting tags does, and doing it.

import {
  type DeletionPlan,
  type DeletionPlanLine,
  type DeletionProgress,
  type DeletionRequest,
  deletionPlanLineSchema,
} from '../../shared/api/deletion.ts'
import type { Repository } from '../../shared/oci/reference.ts'
import { ApiError, errorOfEntry, fetchText, unexpectedAnswer } from './http.ts'
import { fetchLines } from './lines.ts'

/** A plan is one line: 200,000 tags of 128 characters. */
const MAX_PLAN_BYTES = 32 * 1024 * 1024

function parseLine(line: string): DeletionPlanLine {
  try {
    const parsed = deletionPlanLineSchema.safeParse(JSON.parse(line))
    if (parsed.success) return parsed.data
  } catch {
    // no JSON
  }
  throw unexpectedAnswer('plan of a deletion')
}

/**
 * Asks what deleting these tags does, found over all tags of the repository; at most MAX_DELETION.
 *
 * @param onProgress  how many of the repository's tags have been looked at.
 * @throws ApiError; AbortError when cancelled, which stops the work at the server too.
 */
export async function fetchPlan(
  repository: Repository,
  asked: readonly string[],
  signal: AbortSignal,
  onProgress: (progress: DeletionProgress) => void,
): Promise<DeletionPlan> {
  const answer: { plan?: DeletionPlan } = {}
  await fetchLines(
    `api/repositories/${repository}/deletion-plan`,
    {
      method: 'POST',
      body: { tags: asked },
      accept: 'application/x-ndjson',
      signal,
      maxBytes: MAX_PLAN_BYTES,
    },
    (text) => {
      const line = parseLine(text)
      if (line.error !== undefined) throw errorOfEntry(line.error)
      if (line.plan !== undefined) answer.plan = line.plan
      else onProgress(line.progress)
    },
  )
  if (answer.plan === undefined) throw unexpectedAnswer('plan of a deletion')
  return answer.plan
}

/** Whether a refusal says that there is nothing left to delete. */
function saysGone({ status, code, reason, detail }: ApiError): boolean {
  if (status === 404) return code === 'MANIFEST_UNKNOWN' || code === 'NAME_UNKNOWN'
  // a tag that was moved has a digest
  return reason === 'tag_moved' && !(detail as { digest?: unknown }).digest
}

/**
 * Deletes a tag, or a manifest with all its tags.
 *
 * @param reference  a tag or a digest.
 * @param planned  what has to hold for it to be deleted.
 * @returns `gone` if somebody else, or an earlier try whose answer was lost, has deleted it.
 * @throws ApiError; 409 CONFLICT if the plan no longer holds. Never abort it: nobody would know what became of it.
 */
export async function deleteManifest(
  repository: Repository,
  reference: string,
  planned: DeletionRequest,
): Promise<'deleted' | 'gone'> {
  const options = { method: 'DELETE', body: planned, signal: new AbortController().signal } as const
  try {
    await fetchText(`v2/${repository}/manifests/${reference}`, options)
    return 'deleted'
  } catch (error) {
    if (error instanceof ApiError && saysGone(error)) return 'gone'
    throw error
  }
}
