import { useEffect, useState } from 'react'

/**
 * Seconds that are left, whole ones.
 *
 * @param seconds  where it begins.
 * @param of  what it belongs to: another one begins anew, even with as many seconds.
 */
export function useCountdown(seconds: number, of: unknown): number {
  const [left, setLeft] = useState(seconds)
  // biome-ignore lint/correctness/useExhaustiveDependencies: it begins anew with what it belongs to
  useEffect(() => {
    // by the clock: timers of a page in the background stand still
    const endsAt = Date.now() + seconds * 1000
    const tick = () => setLeft(Math.max(0, Math.ceil((endsAt - Date.now()) / 1000)))
    tick()
    if (seconds <= 0) return
    const timer = setInterval(tick, 1000)
    return () => clearInterval(timer)
  }, [seconds, of])
  return left
}

/** A wait in minutes and seconds: `14:05`. */
export function formatClock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
