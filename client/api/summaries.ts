// What tables show of tags: dates, sizes, platforms, as they become known.

import type { SummaryRow } from '../../shared/api/summaries.ts'
import { parseSummaryLine } from '../../shared/api/summaries.ts'
import { type ErrorEntry, reasonOf } from '../../shared/errors.ts'
import type { Repository, Tag } from '../../shared/oci/reference.ts'
import { errorOfEntry, unexpectedAnswer } from './http.ts'
import { fetchLines } from './lines.ts'

/** Whether a row's error is about the moment and not about its tag: asked again, it may well have a summary. */
export function isPassing(error: ErrorEntry | undefined): boolean {
  if (error?.code === 'UNAVAILABLE') return reasonOf(error) !== 'bad_answer'
  return error?.code === 'TOOMANYREQUESTS'
}

/**
 * Asks for the summaries of these tags, at most MAX_SUMMARIES.
 *
 * @param onRow  is given each as soon as it is known; a tag that has none brings its own error.
 * @returns when all are there. Throws ApiError, also for a row that says: log in; AbortError when cancelled, which
 *   stops the work at the server too.
 */
export async function fetchSummaries(
  repository: Repository,
  tags: readonly Tag[],
  signal: AbortSignal,
  onRow: (row: SummaryRow) => void,
): Promise<void> {
  const left = new Set<string>(tags)
  const path = `api/repositories/${repository}/summaries`
  const options = { method: 'POST', body: { tags }, accept: 'application/x-ndjson', signal } as const
  await fetchLines(path, options, (line) => {
    const row = parseSummaryLine(line)
    if (row === undefined || !left.delete(row.tag)) throw unexpectedAnswer('list of summaries')
    // of every further row too, and it leads to the login as anywhere
    if (row.error?.code === 'UNAUTHORIZED') throw errorOfEntry(row.error)
    onRow(row)
  })
  if (left.size > 0) throw unexpectedAnswer('complete list of summaries')
}
