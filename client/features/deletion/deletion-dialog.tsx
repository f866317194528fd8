import { type SyntheticEvent, useEffect, useRef } from 'react'
import controls from '../../ui/controls.module.css'
import styles from './deletion.module.css'
import type { DeletionState } from './deletion-store.ts'
import { Frame } from './frame.tsx'
import { NoPlan } from './no-plan.tsx'
import { PlanView } from './plan-view.tsx'
import { ProgressLine } from './progress-line.tsx'
import { RunView } from './run-view.tsx'
import { type DeletionRequestProps, useDeletion } from './use-deletion.ts'

interface DeletionDialogProps extends DeletionRequestProps {
  readonly onClose: () => void
}

const isRunning = (state: DeletionState) =>
  state.phase === 'deleting' && state.run.snapshot().phase !== 'resting'

/** Asks what goes with some tags, shows it, and deletes that: over the page, which waits. */
export function DeletionDialog({ onClose, ...request }: DeletionDialogProps) {
  const { repository, tags } = request
  const dialog = useRef<HTMLDialogElement>(null)
  const { deletion, state } = useDeletion(request)
  useEffect(() => dialog.current?.showModal(), [])

  // closed by the dialog itself, which gives the focus back to where it was
  const close = () => dialog.current?.close()
  const onCancel = (event: SyntheticEvent) => {
    if (!isRunning(state) || state.phase !== 'deleting') return
    event.preventDefault()
    state.run.stop()
  }
  const only = tags.length === 1 ? tags[0] : undefined
  const title = `Delete ${only ?? `${tags.length.toLocaleString('en')} tags`}`
  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-labelledby="deletion-title"
      onCancel={onCancel}
      onClose={onClose}
    >
      {state.phase === 'planning' && (
        <Frame
          phase="planning"
          title={title}
          repository={repository}
          actions={
            <button type="button" className={controls.plain} onClick={close} data-first>
              Cancel
            </button>
          }
        >
          <ProgressLine what="Finding out what goes with it" progress={state.progress} />
        </Frame>
      )}
      {state.phase === 'failed' && (
        <NoPlan
          title={title}
          repository={repository}
          error={state.error}
          onRetry={deletion.plan}
          onClose={close}
        />
      )}
      {state.phase === 'planned' && (
        <PlanView {...state} repository={repository} onConfirm={deletion.confirm} onClose={close} />
      )}
      {state.phase === 'deleting' && (
        <RunView {...state} repository={repository} onPlanAgain={deletion.plan} onClose={close} />
      )}
    </dialog>
  )
}
