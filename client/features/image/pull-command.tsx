import { CopyButton } from '../../ui/copy-button.tsx'
import styles from './image.module.css'

/** The command that fetches what is shown. */
export function PullCommand({ reference, platform }: { reference: string; platform: string | undefined }) {
  const command = `docker pull ${platform === undefined ? '' : `--platform ${platform} `}${reference}`
  return (
    <div className={styles.command}>
      <code>{command}</code>
      <CopyButton text={command} label="the command" />
    </div>
  )
}
