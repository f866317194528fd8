// A failure in words, with what can be done about it: the same on every page.

import type { ReactNode } from 'react'
import { explain } from '../api/explain.ts'
import { ApiError } from '../api/http.ts'
import { useOnResume } from '../lib/re-authentication.ts'
import { useCountdown } from '../lib/use-countdown.ts'
import controls from './controls.module.css'
import { Loading, Notice } from './notice.tsx'

interface FailureProps {
  readonly error: unknown
  /** Absent where trying again can change nothing. */
  readonly retry?: () => void
  readonly action?: string
  /** All there is on its page. */
  readonly isPage?: boolean
  /** What it is about, where that is not plain from where it stands. */
  readonly children?: ReactNode
}

export function Failure({ error, retry, action = 'Try again', isPage, children }: FailureProps) {
  const { kind, title, hint, retryAfterSeconds = 0 } = explain(error)
  const left = useCountdown(retryAfterSeconds, error)
  useOnResume(kind === 'login' ? retry : undefined)
  // the way to the login is taken already (see main.tsx)
  if (kind === 'login') return <Loading what="the login" />
  return (
    <Notice title={title} tone={kind === 'failed' ? 'bad' : 'calm'} isPage={isPage}>
      <p>{hint}</p>
      {children}
      {error instanceof ApiError ? (
        retry !== undefined && (
          <button type="button" className={controls.plain} onClick={retry} disabled={left > 0}>
            {left > 0 ? `${action} in ${left} s` : action}
          </button>
        )
      ) : (
        // a fault of ours, or a chunk of a version that is gone after an update: only this helps
        <button type="button" className={controls.plain} onClick={() => location.reload()}>
          Reload
        </button>
      )}
    </Notice>
  )
}
