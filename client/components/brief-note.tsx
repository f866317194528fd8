import { useSyncExternalStore } from 'react'
import styles from './brief-note.module.css'

const SHOWN_MS = 2500

let said = ''
let timer: ReturnType<typeof setTimeout>
const listeners = new Set<() => void>()

function set(text: string): void {
  said = text
  for (const listener of listeners) listener()
}

/** Says on the page, for a moment, what a key has done. */
export function sayBriefly(text: string): void {
  clearTimeout(timer)
  set(text)
  timer = setTimeout(set, SHOWN_MS, '')
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Where it is said; always there, so that it is read aloud. */
export function BriefNote() {
  return (
    <p role="status" className={styles.note}>
      {useSyncExternalStore(subscribe, () => said)}
    </p>
  )
}
