import controls from '../../components/controls.module.css'
import { Dialog } from '../../components/dialog.tsx'
import styles from './deletion.module.css'
import { Frame } from './frame.tsx'
import { NoPlan } from './no-plan.tsx'
import { PlanView } from './plan-view.tsx'
import { ProgressLine } from './progress-line.tsx'
import { RunView } from './run-view.tsx'
import { type DeletionRequestProps, useDeletion } from './use-deletion.ts'

interface DeletionDialogProps extends DeletionRequestProps {
  readonly onClose: () => void
}

/** Asks what goes with some tags, shows it, and deletes that: over the page, which waits. */
export function DeletionDialog({ onClose, ...request }: DeletionDialogProps) {
  const { repository, tags } = request
  const { deletion, state } = useDeletion(request)
  // what is under way cannot be taken back, and is watched to its end
  const onEscape = () => {
    if (state.phase === 'deleting' && state.run.snapshot().phase !== 'resting') state.run.stop()
    else onClose()
  }
  const only = tags.length === 1 ? tags[0] : undefined
  const title = `Delete ${only ?? `${tags.length.toLocaleString('en')} tags`}`
  return (
    <Dialog labelledBy="deletion-title" className={styles.dialog} onClose={onEscape}>
      {state.phase === 'planning' && (
        <Frame
          phase="planning"
          title={title}
          repository={repository}
          actions={
            <button type="button" className={controls.plain} onClick={onClose} data-first>
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
          onClose={onClose}
        />
      )}
      {state.phase === 'planned' && (
        <PlanView {...state} repository={repository} onConfirm={deletion.confirm} onClose={onClose} />
      )}
      {state.phase === 'deleting' && (
        <RunView {...state} repository={repository} onPlanAgain={deletion.plan} onClose={onClose} />
      )}
    </Dialog>
  )
}
