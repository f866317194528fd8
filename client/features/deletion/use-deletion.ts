import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { Repository, Tag } from '../../../shared/oci/reference.ts'
import { deleteManifest, fetchPlan } from '../../api/deletion.ts'
import { fetchOnce } from '../../api/fetch-once.ts'
import { createDeletion } from './deletion-store.ts'
import type { Step } from './plan.ts'

export interface DeletionRequestProps {
  readonly repository: Repository
  readonly tags: readonly Tag[]
  /** What is gone, each time nothing is under way any more. */
  readonly onRest: (done: readonly Step[]) => void
}

/** A deletion that begins with its plan, and ends with whoever shows it. */
export function useDeletion({ repository, tags, onRest }: DeletionRequestProps) {
  const queryClient = useQueryClient()
  const latest = useRef(onRest)
  latest.current = onRest
  const [deletion] = useState(() =>
    createDeletion({
      tags,
      now: Date.now,
      fetchPlan: (asked, leaving, onProgress) =>
        fetchOnce(queryClient, 'deletion plan', leaving, (signal) =>
          fetchPlan(repository, asked, signal, onProgress),
        ),
      send: ({ reference, request }) =>
        fetchOnce(queryClient, 'deletion', undefined, () => deleteManifest(repository, reference, request)),
      onRest: (done) => latest.current(done),
    }),
  )
  useEffect(() => {
    deletion.plan()
    return deletion.leave
  }, [deletion])
  return { deletion, state: useSyncExternalStore(deletion.subscribe, deletion.snapshot) }
}
