import { formatAgo, formatExact } from './format.ts'

/** `3 days ago`, exact on hover. What is no time is shown as it is. */
export function RelativeTime({ time }: { time: string }) {
  return (
    <time dateTime={time} title={formatExact(time)}>
      {formatAgo(time, Date.now()) ?? time}
    </time>
  )
}
