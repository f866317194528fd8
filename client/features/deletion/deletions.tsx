// Deleting from the open repository: whether that is possible, and what was asked for. The rest comes with the dialog.

import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useMemo, useState } from 'react'
import type { Reference, Repository, Tag } from '../../../shared/oci/reference.ts'
import { configQuery, sessionQuery } from '../../api/session.ts'
import { late } from '../../components/late.tsx'
import { Over } from '../../components/over.tsx'
import { DeletionContext } from './deletion-request.ts'

const DeletionPart = late(async () => (await import('./deletion-part.tsx')).DeletionPart)

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
  const close = () => setAsked(undefined)
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
        <Over onClose={close}>
          <DeletionPart {...asked} reference={reference} onClose={close} />
        </Over>
      )}
    </DeletionContext>
  )
}
