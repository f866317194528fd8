// Deleting from the open repository: the dialog over the page, and what it changes on it.

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useMemo, useState } from 'react'
import { useNavigate } from 'react-router'
import type { Reference, Repository, Tag } from '../../shared/oci/reference.ts'
import { configQuery, sessionQuery } from '../api/session.ts'
import { DeletionContext } from '../deletion-request.ts'
import type { Step } from '../features/deletion/plan.ts'
import { repositoryPath } from '../paths.ts'
import { Boundary } from '../ui/boundary.tsx'
import { showDeletion } from './after-deletion.ts'
import { Failure } from './failure.tsx'

const DeletionDialog = lazy(() =>
  import('../features/deletion/deletion-dialog.tsx').then((module) => ({ default: module.DeletionDialog })),
)

interface Request {
  readonly repository: Repository
  readonly tags: readonly Tag[]
  /** Who asked: somebody else who logs in meanwhile did not. */
  readonly user: string | null | undefined
}

/** The button that led here may be gone with its row: then the table is where people go on. */
function returnFocus(): void {
  // nowhere, or still in the dialog that is about to go
  const focused = document.activeElement
  if (focused !== null && focused !== document.body && focused.closest('dialog') === null) return
  const find = (selector: string) => document.querySelector<HTMLElement>(selector)
  const there = find('[data-after-deletion]') ?? find('main a[href]')
  there?.focus()
}

interface DeletionsProps {
  readonly reference: Reference | undefined
  readonly children: ReactNode
}

export function Deletions({ reference, children }: DeletionsProps) {
  const isAllowed = useQuery(configQuery).data?.delete === true
  const user = useQuery(sessionQuery).data?.user
  const [request, setRequest] = useState<Request>()
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const repository = reference?.repository
  const ask = useMemo(
    () =>
      isAllowed && repository !== undefined
        ? (tags: readonly Tag[]) => setRequest({ repository, tags, user })
        : undefined,
    [isAllowed, repository, user],
  )

  const onRest = async (of: Repository, done: readonly Step[]) => {
    const gone = new Set(done.flatMap(({ tags }) => tags))
    const isOpen =
      reference?.repository === of &&
      (gone.has(reference.tag ?? '') || done.some((step) => step.reference === reference.digest))
    if (isOpen) await navigate(repositoryPath(of), { replace: true })
    await showDeletion(queryClient, of, gone)
  }
  const isOurs = request !== undefined && request.user === user
  return (
    <DeletionContext value={ask}>
      {children}
      {isOurs && (
        <Boundary fallback={(error) => <Failure error={error} />}>
          <Suspense>
            <DeletionDialog
              repository={request.repository}
              tags={request.tags}
              onRest={(done) => void onRest(request.repository, done)}
              onClose={() => {
                setRequest(undefined)
                returnFocus()
              }}
            />
          </Suspense>
        </Boundary>
      )}
    </DeletionContext>
  )
}
