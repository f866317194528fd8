import type { BuildCommand } from '../../../shared/oci/build-step.ts'
import { PlainLine, PlainText, spellSigns } from '../../components/plain-text.tsx'
import styles from './command-text.module.css'

/** A build step with its instruction marked; `isLine` for one line that is cut at its end. */
export function CommandText({
  command,
  isLine = false,
}: {
  command: BuildCommand | undefined
  isLine?: boolean
}) {
  if (command === undefined) return <span className={styles.unknown}>made by nobody knows what</span>
  return (
    <code
      className={isLine ? styles.line : styles.command}
      title={isLine ? spellSigns(command.text, 2000) : undefined}
    >
      {command.instruction !== undefined && <b>{command.instruction} </b>}
      {isLine ? (
        <PlainLine text={command.text.slice(0, 300)} />
      ) : (
        <PlainText text={command.text} limit={240} />
      )}
    </code>
  )
}
