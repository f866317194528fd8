// Deleting from the open repository: whether that is possible, and what was asked for. The rest comes with the dialog.

import { useQuery } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useMemo, useState } from 'react'
import type { Reference, Repository, Tag } from '../../shared/oci/reference.ts'
import { configQuery, sessionQuery } from '../api/session.ts'
import { DeletionContext } from '../deletion-request.ts'
import { Boundary } from '../ui/boundary.tsx'
import { Failure } from './failure.tsx'

const DeletionPart = lazy(() =>
  import('./deletion-part.tsx').then((module) => ({ default: module.DeletionPart })),
)

interface Asked {
  readonly repository: Repository
  readonly tags: readonly Tag[]
  /** Who asked: somebody else who logs in meanwhile did not. */
  readonly user: string | null | undefined
}

interface DeletionsProps {
  readonly reference: Reference | undefined
  readonly children: ReactNode
}

export function Deletions({ reference, children }: DeletionsProps) {
  const isAllowed = useQuery(configQuery).data?.delete === true
  const user = useQuery(sessionQuery).data?.user
  const [asked, setAsked] = useState<Asked>()
  const repository = reference?.repository
  const ask = useMemo(
    () =>
      isAllowed && repository !== undefined
        ? (tags: readonly Tag[]) => setAsked({ repository, tags, user })
        : undefined,
    [isAllowed, repository, user],
  )
  return (
    <DeletionContext value={ask}>
      {children}
      {asked?.user === user && asked !== undefined && (
        <Boundary fallback={(error) => <Failure error={error} />}>
          <Suspense>
            <DeletionPart {...asked} reference={reference} onClose={() => setAsked(undefined)} />
          </Suspense>
        </Boundary>
      )}
    </DeletionContext>
  )
}
