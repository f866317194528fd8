import { useEffect, useSyncExternalStore } from 'react'
import type { DeletionPlan } from '../../../shared/api/deletion.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import { explain } from '../../api/explain.ts'
import { ApiError } from '../../api/http.ts'
import controls from '../../components/controls.module.css'
import { countOf } from '../../lib/format.ts'
import { useOnResume } from '../../lib/re-authentication.ts'
import { AfterCare } from './after-care.tsx'
import styles from './deletion.module.css'
import { Frame } from './frame.tsx'
import type { Run, RunSnapshot } from './run.ts'
import { RunRows } from './run-rows.tsx'

interface RunViewProps {
  readonly plan: DeletionPlan
  readonly run: Run
  readonly repository: Repository
  readonly onPlanAgain: () => void
  readonly onClose: () => void
}

/** Quarters are told aloud; each step would talk without end. */
const TOLD = 4

const isConflict = (halt: unknown) => halt instanceof ApiError && halt.status === 409
const isLogin = (halt: unknown) => halt instanceof ApiError && halt.status === 401

/** A page that is left in the middle leaves nobody to say what became of the rest. */
function useWarnBeforeLeaving(isRunning: boolean) {
  useEffect(() => {
    if (!isRunning) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', warn)
    return () => removeEventListener('beforeunload', warn)
  }, [isRunning])
}

/** Why it stopped, and why single ones failed: each reason once, with what it is about. */
function Troubles({ run: { steps }, snapshot }: { run: Run; snapshot: RunSnapshot }) {
  const { halt, errors, done } = snapshot
  const left = steps.length - done - errors.size
  const byHint = new Map<string, string[]>()
  for (const [reference, error] of errors) {
    const { title, hint } = explain(error)
    const reason = `${title}. ${hint}`
    byHint.set(reason, [...(byHint.get(reason) ?? []), reference])
  }
  const reason = halt === undefined ? undefined : explain(halt)
  return (
    <div role="alert">
      {reason !== undefined && (
        <p className={styles.warning}>
          <b>
            {isLogin(halt)
              ? 'Stopped for the login'
              : isConflict(halt)
                ? 'Stopped'
                : `Stopped: ${reason.title}`}
            .
          </b>{' '}
          {reason.hint} {done > 0 && left > 0 && `${left.toLocaleString('en')} not deleted.`}
        </p>
      )}
      {[...byHint].map(([hint, references]) => (
        <p key={hint} className={styles.warning}>
          <b>{references.length.toLocaleString('en')} not deleted.</b> {hint}
        </p>
      ))}
    </div>
  )
}

function titleOf(isRunning: boolean, done: number, all: number, tags: number): string {
  if (isRunning) return 'Deleting'
  if (done === all) return `Deleted ${countOf(tags, 'tag')}`
  return done === 0 ? 'Nothing was deleted' : `Deleted ${countOf(tags, 'tag')}, not all`
}

/** The ways on once nothing is under way any more. */
function RestActions({ run, snapshot, onPlanAgain, onClose }: RunViewProps & { snapshot: RunSnapshot }) {
  const { done, failed, halt } = snapshot
  const left = run.steps.length - done - failed
  return (
    <>
      <button type="button" className={controls.plain} onClick={onClose} data-first>
        Close
      </button>
      {isConflict(halt) ? (
        left + failed > 0 && (
          <button type="button" className={controls.plain} onClick={onPlanAgain}>
            Look at what is left
          </button>
        )
      ) : (
        <>
          {left > 0 && (
            <button type="button" className={controls.plain} onClick={run.start}>
              Go on with {left.toLocaleString('en')}
            </button>
          )}
          {failed > 0 && (
            <button type="button" className={controls.plain} onClick={run.retry}>
              Retry the failed ({failed.toLocaleString('en')})
            </button>
          )}
        </>
      )}
    </>
  )
}

/** The deletion as it goes on, and what came of it. */
export function RunView(props: RunViewProps) {
  const { plan, run, repository } = props
  const snapshot = useSyncExternalStore(run.subscribe, run.snapshot)
  const { states, done, failed, phase, halt } = snapshot
  const all = run.steps.length
  const isRunning = phase !== 'resting'
  useWarnBeforeLeaving(isRunning)
  useOnResume(isLogin(halt) ? run.start : undefined)
  const gone = run.steps.filter(({ reference }) => {
    const state = states.get(reference)
    return state === 'deleted' || state === 'gone'
  })
  const tags = gone.reduce((sum, step) => sum + step.tags.length, 0)
  const unit = plan.mode === 'tag' ? 'tag' : 'image'
  const count = `${done.toLocaleString('en')} of ${countOf(all, unit)} deleted`
  const told = Math.floor((done / all) * TOLD)
  return (
    <Frame
      phase={isRunning ? 'running' : 'resting'}
      title={titleOf(isRunning, done, all, tags)}
      repository={repository}
      actions={
        isRunning ? (
          <button
            type="button"
            className={controls.plain}
            onClick={run.stop}
            aria-disabled={phase === 'stopping'}
            data-first
          >
            {phase === 'stopping' ? 'Stopping…' : 'Stop'}
          </button>
        ) : (
          <RestActions {...props} snapshot={snapshot} />
        )
      }
    >
      <div className={styles.progress}>
        <p>
          {count}
          {failed > 0 && <span className={styles.bad}> · {failed.toLocaleString('en')} failed</span>}
        </p>
        <progress aria-label="Deleted" value={done} max={all} />
        <span role="status" className="visually-hidden">
          {isRunning ? `${(told * 100) / TOLD} % deleted` : count}
        </span>
      </div>
      <Troubles run={run} snapshot={snapshot} />
      <RunRows steps={run.steps} snapshot={snapshot} />
      {!isRunning && done > 0 && <AfterCare plan={plan} />}
    </Frame>
  )
}
