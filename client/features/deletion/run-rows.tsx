import { useVirtualizer } from '@tanstack/react-virtual'
import { Check, Circle, LoaderCircle, TriangleAlert } from 'lucide-react'
import { useRef } from 'react'
import { parseDigest, shortDigest } from '../../../shared/oci/digest.ts'
import { explain } from '../../api/explain.ts'
import controls from '../../components/controls.module.css'
import { MiddleCut } from '../../components/middle-cut.tsx'
import type { Step } from './plan.ts'
import styles from './run.module.css'
import type { RunSnapshot, StepState } from './run.ts'

const ROW_PX = 28
const WORDS: Readonly<Record<StepState, string>> = {
  waiting: 'waiting',
  running: 'deleting…',
  deleted: 'deleted',
  gone: 'was gone already',
  failed: 'not deleted',
}

function Icon({ state }: { state: StepState }) {
  if (state === 'failed') return <TriangleAlert size={14} aria-hidden />
  if (state === 'running') return <LoaderCircle size={14} className={controls.turning} aria-hidden />
  if (state === 'waiting') return <Circle size={14} aria-hidden />
  return <Check size={14} aria-hidden />
}

/** What a step is called: its tag, or its digest with those of its tags there is room for. */
function StepName({ reference, tags }: Step) {
  const digest = parseDigest(reference)
  if (digest === undefined) return <MiddleCut text={reference} />
  return (
    <>
      {shortDigest(digest)} <small>{tags.slice(0, 10).join(', ')}</small>
    </>
  )
}

/** Each step with what became of it; of thousands only those in view are in the document. */
export function RunRows({ steps, snapshot }: { steps: readonly Step[]; snapshot: RunSnapshot }) {
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count: steps.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
  })
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: so that it can be scrolled with the keys
    <section ref={scroller} className={styles.rows} tabIndex={0} aria-label="What became of each">
      <ul style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const step = steps[index]
          if (step === undefined) return null
          const state = snapshot.states.get(step.reference) ?? 'waiting'
          const error = snapshot.errors.get(step.reference)
          return (
            <li
              key={step.reference}
              data-state={state}
              title={error === undefined ? step.tags.slice(0, 50).join(', ') : explain(error).hint}
              style={{ transform: `translateY(${start}px)` }}
              aria-setsize={steps.length}
              aria-posinset={index + 1}
            >
              <Icon state={state} />
              <code className={styles.name}>
                <StepName {...step} />
              </code>
              <span className={styles.state}>
                {state === 'waiting' && snapshot.phase === 'resting' ? WORDS.failed : WORDS[state]}
              </span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
