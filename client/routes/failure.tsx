// A failure in words, with what can be done about it: the same on every page.

import { useEffect, useState } from 'react'
import { explain } from '../api/explain.ts'
import controls from '../ui/controls.module.css'
import { Loading, Notice } from '../ui/notice.tsx'

/** Seconds left until `seconds` after the first showing. */
function useCountdown(seconds: number): number {
  const [left, setLeft] = useState(seconds)
  useEffect(() => {
    setLeft(seconds)
    const timer = setInterval(() => setLeft((now) => Math.max(now - 1, 0)), 1000)
    return () => clearInterval(timer)
  }, [seconds])
  return left
}

/** @param retry  absent where trying again can change nothing. */
export function Failure({
  error,
  retry,
  action = 'Try again',
}: {
  error: unknown
  retry?: () => void
  action?: string
}) {
  const { kind, title, hint, retryAfterSeconds = 0 } = explain(error)
  const left = useCountdown(retryAfterSeconds)
  // the way to the login is taken already (see main.tsx)
  if (kind === 'login') return <Loading what="the login" />
  return (
    <Notice title={title} tone={kind === 'failed' ? 'bad' : 'calm'}>
      <p>{hint}</p>
      {retry !== undefined && (
        <button type="button" className={controls.plain} onClick={retry} disabled={left > 0}>
          {left > 0 ? `${action} in ${left} s` : action}
        </button>
      )}
    </Notice>
  )
}
