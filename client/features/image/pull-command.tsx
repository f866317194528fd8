import { CopyButton } from '../../ui/copy-button.tsx'
import styles from './image.module.css'

/**
 * The command that fetches what is shown.
 *
 * @param platform  as an index spells it: whoever pushed it wrote it, so what a shell could read otherwise is left out.
 */
export function PullCommand({ reference, platform }: { reference: string; platform: string | undefined }) {
  const option =
    platform !== undefined && /^[\w.-]+(?:\/[\w.-]+){1,2}$/.test(platform) ? `--platform ${platform} ` : ''
  const command = `docker pull ${option}${reference}`
  return (
    <div className={styles.command}>
      <code>{command}</code>
      <CopyButton text={command} label="the command" />
    </div>
  )
}
