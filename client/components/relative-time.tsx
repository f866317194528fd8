import { formatAgo, formatExact } from '../lib/format.ts'
import { PlainText } from './plain-text.tsx'

/** `3 days ago`, exact on hover. What is no time is shown as what it is. */
export function RelativeTime({ time }: { time: string }) {
  const ago = formatAgo(time, Date.now())
  if (ago === undefined) return <PlainText text={time} limit={80} />
  return (
    <time dateTime={time} title={formatExact(time)}>
      {ago}
    </time>
  )
}

/** Date, time and zone. What is no time is shown as what it is. */
export function ExactTime({ time }: { time: string }) {
  const exact = formatExact(time)
  return exact === undefined ? <PlainText text={time} limit={80} /> : <time dateTime={time}>{exact}</time>
}
