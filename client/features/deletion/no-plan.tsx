import type { Repository } from '../../../shared/oci/reference.ts'
import { explain } from '../../api/explain.ts'
import controls from '../../components/controls.module.css'
import { Loading, Notice } from '../../components/notice.tsx'
import { useOnResume } from '../../lib/re-authentication.ts'
import { Frame } from './frame.tsx'

interface NoPlanProps {
  readonly title: string
  readonly repository: Repository
  readonly error: unknown
  readonly onRetry: () => void
  readonly onClose: () => void
}

/** Why it cannot be said what goes: then nothing does. */
export function NoPlan({ title, repository, error, onRetry, onClose }: NoPlanProps) {
  const { kind, title: what, hint } = explain(error)
  useOnResume(kind === 'login' ? onRetry : undefined)
  return (
    <Frame
      phase="failed"
      title={title}
      repository={repository}
      actions={
        <>
          <button type="button" className={controls.plain} onClick={onClose} data-first>
            Close
          </button>
          <button type="button" className={controls.plain} onClick={onRetry}>
            Try again
          </button>
        </>
      }
    >
      {/* the way to the login is taken already (see main.tsx) */}
      {kind === 'login' ? (
        <Loading what="the login" />
      ) : (
        <Notice title={what} tone="bad">
          <p>{hint}</p>
          <p>Nothing was deleted.</p>
        </Notice>
      )}
    </Frame>
  )
}
