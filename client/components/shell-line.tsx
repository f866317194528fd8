import { Fragment } from 'react'
import styles from './shell-line.module.css'

/** A command that wraps between its words, not after the dashes of an option. */
export function ShellLine({ text }: { text: string }) {
  return text.split(/( +)/).map((word, index) =>
    word.startsWith('-') ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: words have no other name, and never move
      <span key={index} className={styles.option}>
        {word}
      </span>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: as above
      <Fragment key={index}>{word}</Fragment>
    ),
  )
}
