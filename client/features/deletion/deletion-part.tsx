// The dialog over the page, and what a deletion changes on it.

import { useQueryClient } from '@tanstack/react-query'
import { flushSync } from 'react-dom'
import { useNavigate } from 'react-router'
import type { Reference, Repository, Tag } from '../../../shared/oci/reference.ts'
import { repositoryPath } from '../../lib/paths.ts'
import { showDeletion } from './after-deletion.ts'
import { DeletionDialog } from './deletion-dialog.tsx'
import type { Step } from './plan.ts'

interface DeletionPartProps {
  readonly repository: Repository
  readonly tags: readonly Tag[]
  /** What is open by now. */
  readonly reference: Reference | undefined
  readonly onClose: () => void
}

/** The button that led here may be gone with its row: then the table is where people go on. */
function returnFocus(): void {
  if (document.activeElement !== null && document.activeElement !== document.body) return
  const find = (selector: string) => document.querySelector<HTMLElement>(selector)
  const there = find('[data-after-deletion]') ?? find('main a[href]')
  there?.focus()
}

export function DeletionPart({ repository, tags, reference, onClose }: DeletionPartProps) {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const onRest = async (done: readonly Step[]) => {
    const gone = new Set(done.flatMap((step) => step.tags))
    const isOpen =
      reference?.repository === repository &&
      (gone.has(reference.tag ?? '') || done.some((step) => step.reference === reference.digest))
    if (isOpen) await navigate(repositoryPath(repository), { replace: true })
    await showDeletion(queryClient, repository, gone)
  }
  return (
    <DeletionDialog
      repository={repository}
      tags={tags}
      onRest={(done) => void onRest(done)}
      onClose={() => {
        // with the dialog the focus goes back by itself, if it can
        flushSync(onClose)
        returnFocus()
      }}
    />
  )
}
