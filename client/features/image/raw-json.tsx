import { CopyButton } from '../../ui/copy-button.tsx'
import styles from './image.module.css'

/** Written on one line it could not be read; copied is always the exact text, whose digest is right. */
function readable(text: string): string {
  return text.includes('\n') ? text : JSON.stringify(JSON.parse(text), null, 2)
}

/** A JSON document as the registry sent it, closed until wanted. */
export function RawJson({ title, text }: { title: string; text: string }) {
  return (
    <details className={styles.raw}>
      <summary>{title}</summary>
      <div className={styles.rawHead}>
        <CopyButton text={text} label={title.toLowerCase()} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: so that it can be scrolled with the keys */}
      <pre tabIndex={0}>{readable(text)}</pre>
    </details>
  )
}
