import { useState } from 'react'
import { looksSecret } from '../../../shared/oci/secrets.ts'
import { PlainText, spellSigns } from '../../components/plain-text.tsx'
import styles from './environment.module.css'
import { Pairs } from './manifest-info.tsx'

function splitEntry(entry: string): readonly [name: string, value: string] {
  const at = entry.indexOf('=')
  return at === -1 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)]
}

/** Hidden until asked for: screens are shared, and image settings hold what they should not. */
function Secret({ name, value }: { name: string; value: string }) {
  const [isShown, setShown] = useState(false)
  return (
    <>
      {isShown ? <PlainText text={value} /> : <span className={styles.dots}>••••••••</span>}{' '}
      <button
        type="button"
        className={styles.toggle}
        aria-expanded={isShown}
        aria-label={`${isShown ? 'Hide' : 'Show'} the value of ${spellSigns(name, 80)}`}
        onClick={() => setShown(!isShown)}
      >
        {isShown ? 'hide' : 'show'}
      </button>
    </>
  )
}

/** The settings a container starts with. */
export function Environment({ entries }: { entries: readonly string[] }) {
  const pairs = entries.map(splitEntry).map(([name, value]) => ({
    name: <PlainText text={name} limit={120} />,
    value: looksSecret(name, value) ? <Secret name={name} value={value} /> : <PlainText text={value} />,
  }))
  return <Pairs title="Environment" pairs={pairs} />
}
