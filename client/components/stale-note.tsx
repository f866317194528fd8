import { useEffect, useState } from 'react'
import { formatAgo, formatExact } from '../lib/format.ts'

const TICK_MS = 30_000
const FRESH_MS = 60_000

/** `5 minutes ago`, once what is shown is older than a minute. @param at  milliseconds since 1970. */
export function StaleNote({ at }: { at: number }) {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS)
    return () => clearInterval(timer)
  }, [])
  const time = new Date(at).toISOString()
  if (now - at < FRESH_MS) return null
  return (
    <time dateTime={time} title={`Listed ${formatExact(time)}`}>
      {' · '}
      {formatAgo(time, now)}
    </time>
  )
}
