// What the page asks Gantry for to delete, without the page: plans, and deletions that keep to them.

import type { DeletionPlan, DeletionPlanLine, DeletionRequest } from '../shared/api/deletion.ts'
import type { ErrorEntry } from '../shared/errors.ts'
import { ACCOUNTS, type AccountName } from './accounts.ts'

/** As the page (client/features/deletion): deletions at a time, tags of a manifest, siblings of a tag. */
const AT_A_TIME = 6
const MAX_TAGS = 900
const MAX_SIBLINGS = 10

export interface Outcome {
  /** Tag or digest, as it was deleted. */
  readonly reference: string
  readonly status: number
  readonly error?: ErrorEntry
}

export interface DeletionsClient {
  plan(tags: readonly string[]): Promise<DeletionPlan>
  /** One DELETE. Rejects if it is cut off. */
  remove(reference: string, request?: DeletionRequest, signal?: AbortSignal): Promise<Outcome>
  /**
   * All of a plan, several at a time. What is cut off has no outcome, and nothing further is begun then.
   *
   * @param onOutcome  called after each outcome; what it returns is awaited before the next.
   */
  removeAll(plan: DeletionPlan, onOutcome?: () => unknown, signal?: AbortSignal): Promise<readonly Outcome[]>
}

/** What is sent for a plan, and what must still be so. */
export function requestsOf({ mode, manifests, broken }: DeletionPlan): readonly [string, DeletionRequest][] {
  if (mode === 'digest')
    return manifests.map(({ digest, asked, others }) => [
      digest,
      { tags: [...asked, ...others].slice(0, MAX_TAGS) },
    ])
  const requests = manifests.flatMap(({ digest, asked, others }) => {
    const siblings = others.slice(0, MAX_SIBLINGS)
    const request = { digest, ...(siblings.length > 0 && { siblings }) }
    return asked.map((tag): [string, DeletionRequest] => [tag, request])
  })
  return [
    ...requests.filter(([, { siblings }]) => siblings !== undefined),
    ...requests.filter(([, { siblings }]) => siblings === undefined),
    ...broken.map((tag): [string, DeletionRequest] => [tag, { digest: null }]),
  ]
}

/** Logs in at a Gantry, for one repository. */
export async function loginToDelete(
  origin: string,
  repository: string,
  account: AccountName = 'admin',
): Promise<DeletionsClient> {
  const json = { 'content-type': 'application/json' }
  const login = await fetch(`${origin}/api/session`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ username: account, password: ACCOUNTS[account].password }),
  })
  if (!login.ok) throw new Error(`login: ${login.status} ${await login.text()}`)
  const cookie = login.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
  const headers = { ...json, cookie }

  async function remove(reference: string, request: DeletionRequest = {}, signal?: AbortSignal) {
    const response = await fetch(`${origin}/v2/${repository}/manifests/${reference}`, {
      method: 'DELETE',
      headers,
      body: JSON.stringify(request),
      ...(signal && { signal }),
    })
    const text = await response.text()
    const error: ErrorEntry | undefined = response.ok ? undefined : JSON.parse(text).errors[0]
    return { reference, status: response.status, ...(error && { error }) }
  }

  return {
    remove,
    async plan(tags) {
      const response = await fetch(`${origin}/api/repositories/${repository}/deletion-plan`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ tags }),
      })
      const last = (await response.text()).trim().split('\n').at(-1) ?? ''
      const line: Partial<DeletionPlanLine> = JSON.parse(last)
      if (line.plan === undefined) throw new Error(`plan: ${response.status} ${last}`)
      return line.plan
    },
    async removeAll(plan, onOutcome, signal) {
      const ahead = requestsOf(plan).values()
      const outcomes: Outcome[] = []
      async function removeOn(): Promise<void> {
        for (const [reference, request] of ahead) {
          if (signal?.aborted) return
          try {
            outcomes.push(await remove(reference, request, signal))
          } catch (error) {
            if (signal?.aborted) return
            throw error
          }
          await onOutcome?.()
        }
      }
      await Promise.all(Array.from({ length: AT_A_TIME }, removeOn))
      return outcomes
    },
  }
}
