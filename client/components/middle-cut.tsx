import styles from './middle-cut.module.css'

/** So many characters stay at the end: `.sig`, a build number, the last part of a version. */
const TAIL = 10
/** Shorter names than this are cut at their end, if at all. */
const LONG = 24

/**
 * A name that is cut in its middle where it has no room, since the ends of names tell them apart. Selecting and
 * reading it aloud yields the whole.
 */
export function MiddleCut({ text }: { text: string }) {
  if (text.length <= LONG) return text
  return (
    <span className={styles.cut}>
      <span>{text.slice(0, -TAIL)}</span>
      <span>{text.slice(-TAIL)}</span>
    </span>
  )
}
