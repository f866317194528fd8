import { useState } from 'react'
import { copyAndSay } from '../../components/copy-and-say.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { ShellLine } from '../../components/shell-line.tsx'
import { usePageAction } from '../../lib/page-actions.ts'
import { readPreferences, remember } from '../../lib/preferences.ts'
import styles from './command-box.module.css'
import type { CommandTarget } from './command-target.ts'
import { commandsFor } from './commands.ts'

/** How to fetch what is shown, for the client that this person uses. */
export function CommandBox(target: CommandTarget) {
  const [{ client, byDigest }, setChoice] = useState(readPreferences)
  const choose = (change: { client?: string; byDigest?: boolean }) => {
    setChoice((before) => ({ ...before, ...change }))
    remember(change)
  }
  const commands = commandsFor(target, byDigest)
  const chosen = commands.find((command) => command.client === client) ?? commands[0]
  usePageAction(chosen && 'Copy the command', () => chosen && void copyAndSay(chosen.text), 'c')
  if (chosen === undefined) return null
  const { tag, digest } = target.reference
  const hasTag = tag !== undefined && digest === undefined && target.digest !== undefined
  return (
    <div className={styles.box}>
      <fieldset className={styles.bar}>
        <legend className="visually-hidden">How to fetch it</legend>
        {commands.map((command) => (
          <label key={command.client}>
            <input
              type="radio"
              name="client"
              className="visually-hidden"
              checked={command === chosen}
              onChange={() => choose({ client: command.client })}
            />
            {command.client}
          </label>
        ))}
      </fieldset>
      <div className={styles.line}>
        <pre data-shell={chosen.isShell} tabIndex={chosen.isShell ? undefined : 0}>
          <code>{chosen.isShell ? <ShellLine text={chosen.text} /> : chosen.text}</code>
        </pre>
        {hasTag && (
          <label
            className={styles.digest}
            title={chosen.needsDigest ? `By tag, ${chosen.client} would not get this one` : undefined}
          >
            <input
              type="checkbox"
              className="visually-hidden"
              checked={byDigest || chosen.needsDigest}
              disabled={chosen.needsDigest}
              onChange={(event) => choose({ byDigest: event.target.checked })}
            />
            by digest
          </label>
        )}
        <CopyButton text={chosen.text} label="the command" />
      </div>
    </div>
  )
}
