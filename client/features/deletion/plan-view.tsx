import { type FormEvent, useState } from 'react'
import type { DeletionPlan, DeletionProgress } from '../../../shared/api/deletion.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import controls from '../../components/controls.module.css'
import { useFirst } from '../../components/use-first.tsx'
import { countOf } from '../../lib/format.ts'
import { Consequences } from './consequences.tsx'
import styles from './deletion.module.css'
import { Frame } from './frame.tsx'
import list from './plan.module.css'
import { countsOf, firstGoing } from './plan.ts'
import { Group, Names, PlannedGroup } from './planned-group.tsx'
import { ProgressLine } from './progress-line.tsx'

const STEP = 50

interface PlanViewProps {
  readonly plan: DeletionPlan
  readonly isChanged: boolean
  readonly checking: { readonly progress: DeletionProgress | undefined } | undefined
  readonly repository: Repository
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** Everything that goes, by manifest. */
function Groups({ plan: { manifests, broken, mode } }: { plan: DeletionPlan }) {
  const { shown, more } = useFirst(manifests, STEP, 'images')
  return (
    <>
      <ul className={list.groups}>
        {shown.map((manifest) => (
          <PlannedGroup key={manifest.digest} manifest={manifest} mode={mode} />
        ))}
        {mode === 'tag' && broken.length > 0 && (
          <Group heading="Without a manifest">
            <Names label="goes" fate="goes" tags={broken} />
          </Group>
        )}
      </ul>
      {more}
    </>
  )
}

/** What goes and what it does, and the button that does it. */
export function PlanView(props: PlanViewProps) {
  const { plan, isChanged, checking, repository, onConfirm, onClose } = props
  // what was typed agrees to the plan that was there
  const [agreed, setAgreed] = useState({ plan, name: '' })
  const typed = agreed.plan === plan ? agreed.name : ''
  const { going, things } = countsOf(plan)
  const what = going === 1 ? firstGoing(plan) : countOf(going, 'tag')
  const needsName = things > 1
  const isReady = checking === undefined && (!needsName || typed.trim() === repository)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (isReady) onConfirm()
  }
  const name = needsName && (
    <label className={styles.confirm}>
      <span>
        To confirm, type <code>{repository}</code>
      </span>
      <input
        className={controls.field}
        value={typed}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        readOnly={checking !== undefined}
        onChange={(event) => setAgreed({ plan, name: event.target.value })}
        data-first
      />
    </label>
  )
  return (
    <form className={styles.form} onSubmit={submit}>
      <Frame
        phase={isChanged ? 'changed' : 'planned'}
        title={going === 0 ? 'Nothing to delete' : `Delete ${what}`}
        repository={repository}
        foot={
          <>
            {going > 0 && name}
            {checking && <ProgressLine what="Looking once more" progress={checking.progress} />}
          </>
        }
        actions={
          <>
            <button
              type="button"
              className={controls.plain}
              onClick={onClose}
              data-first={going > 0 && needsName ? undefined : true}
            >
              {going === 0 ? 'Close' : 'Cancel'}
            </button>
            {going > 0 && (
              <button type="submit" className={controls.danger} aria-disabled={!isReady}>
                Delete {what}
              </button>
            )}
          </>
        }
      >
        {isChanged && (
          <p className={styles.warning} role="alert">
            <b>This has changed since you looked.</b> Nothing was deleted; below is what would go now.
          </p>
        )}
        <Consequences plan={plan} repository={repository} />
        <Groups plan={plan} />
      </Frame>
    </form>
  )
}
