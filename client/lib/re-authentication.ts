// Whether a session has ended under a person at work: then the page stays as it is, and the password is asked for
// over it.

import { useEffect, useEffectEvent, useRef, useSyncExternalStore } from 'react'

export interface Interruption {
  /** Whose session it was. */
  readonly user: string
  /** `session_ended` or `password_refused`. */
  readonly reason: string
}

let current: Interruption | undefined
const listeners = new Set<() => void>()

function set(next: Interruption | undefined): void {
  current = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function interrupt(interruption: Interruption): void {
  // many requests fail at once; the first says why
  if (current === undefined) set(interruption)
}

/** The person is back, or somebody else is here. */
export function endInterruption(): void {
  if (current !== undefined) set(undefined)
}

export function currentInterruption(): Interruption | undefined {
  return current
}

export function useInterruption(): Interruption | undefined {
  return useSyncExternalStore(subscribe, currentInterruption)
}

/** Calls `resume` each time an interruption ends: what was refused meanwhile can be asked for again. */
export function useOnResume(resume: (() => void) | undefined): void {
  const interrupted = useInterruption() !== undefined
  const onEnd = useEffectEvent(() => resume?.())
  const was = useRef(interrupted)
  useEffect(() => {
    if (was.current && !interrupted) onEnd()
    was.current = interrupted
  }, [interrupted])
}
