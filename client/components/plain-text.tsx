import { Fragment, type ReactNode, useState } from 'react'
import styles from './plain-text.module.css'

/** Signs that show nothing, turn the text around, or are not meant for eyes; line ends and tabs are fine. */
const INVISIBLE =
  /((?![\n\t])[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\p{Cs}\u00ad\u180e\u200b\u2060-\u2064\ufeff\ufff9-\ufffb])/u
/** Where a long word may break: after what joins its parts. */
const JOINT = /(?<=[/._:@=&?,-])(?=[^/._:@=&?,\s-])/

const codePoint = (sign: string) =>
  `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

/** For attributes, which hold no boxes: `pay[U+200B]ments`. Cut at `limit`. */
export function spellSigns(text: string, limit = 200): string {
  const pieces = text.slice(0, limit).split(INVISIBLE)
  return pieces.map((piece, index) => (index % 2 === 1 ? `[${codePoint(piece)}]` : piece)).join('')
}

/** The text between invisible signs as `between` renders it; the signs as boxes that name them. */
function spelled(text: string, between: (piece: string) => ReactNode): ReactNode[] {
  return text.split(INVISIBLE).map((piece, index) => {
    return index % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces repeat, and their order is what they are
      <span key={index} className={styles.sign} title="A sign that cannot be seen">
        {codePoint(piece)}
      </span>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces repeat, and their order is what they are
      <Fragment key={index}>{between(piece)}</Fragment>
    )
  })
}

/** Words with places to break in. */
function breakable(text: string): ReactNode[] {
  return text.split(JOINT).map((word, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: words repeat, and their order is what they are
    <Fragment key={at}>
      {at > 0 && <wbr />}
      {word}
    </Fragment>
  ))
}

/** A piece of such text on one line, as it stands in a document or as style cuts it: no places to break in. */
export function PlainLine({ text }: { text: string }) {
  return <bdi>{spelled(text, (piece) => piece)}</bdi>
}

/** Text that somebody else wrote, shown as what it is: it cannot turn the line around, hide signs or fill the page. */
export function PlainText({ text, limit = 500 }: { text: string; limit?: number }) {
  const [isWhole, setWhole] = useState(false)
  const isLong = text.length > limit + 100
  return (
    <bdi className={styles.text}>
      {spelled(isLong && !isWhole ? text.slice(0, limit) : text, breakable)}
      {isLong && (
        <button type="button" className={styles.more} onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'show less' : `… ${(text.length - limit).toLocaleString('en')} more characters`}
        </button>
      )}
    </bdi>
  )
}
