import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { useState } from 'react'
import { configQuery } from '../../api/session.ts'
import controls from '../../components/controls.module.css'
import { Dialog } from '../../components/dialog.tsx'
import { readPreferences, remember } from '../../lib/preferences.ts'
import styles from './keys.module.css'
import { Keys } from './keys.tsx'

const GROUPS: readonly (readonly [
  title: string,
  keys: readonly (readonly [keys: string, does: string])[],
])[] = [
  [
    'Everywhere',
    [
      ['Ctrl/⌘+K', 'Go to a repository, a reference or an action'],
      ['/', 'Filter the list'],
      ['y', 'Copy the reference'],
      ['c', 'Copy the command that fetches the image'],
      ['g r', 'All repositories'],
      ['g t', 'The tags of the open repository'],
      ['?', 'These keys'],
      ['Esc', 'Close what is open, clear a filter'],
    ],
  ],
  [
    'In the lists',
    [
      ['j', 'Next row'],
      ['k', 'Row before'],
      ['Enter', 'Open'],
      ['↓', 'From the filter to its list'],
    ],
  ],
  [
    'In the tree',
    [
      ['→', 'Open a namespace'],
      ['←', 'Close it, or go to the one above'],
      ['*', 'Open all beside it'],
      ['a–z', 'The next that begins so'],
    ],
  ],
  [
    'Between panes',
    [
      ['← →', 'Move the border that has the focus'],
      ['Home', 'As narrow as it goes'],
      ['End', 'As wide as it goes'],
    ],
  ],
]

/** All keys of the page. Letters can be turned off, since some people’s software presses them (WCAG 2.1.4). */
export function KeysDialog({ onClose }: { onClose: () => void }) {
  const [letterKeys, setLetterKeys] = useState(() => readPreferences().letterKeys)
  const config = useQuery(configQuery).data
  return (
    <Dialog label="Keys" closesBeside onClose={onClose}>
      <div className={styles.head}>
        <h2>Keys</h2>
        <button type="button" className={controls.icon} aria-label="Close" onClick={onClose}>
          <X size={16} aria-hidden />
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: so that it can be scrolled with the keys */}
      <section className={styles.groups} tabIndex={0} aria-label="All keys">
        {GROUPS.map(([title, keys]) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>
              {keys.map(([key, does]) => (
                <div key={key}>
                  <dt>{does}</dt>
                  <dd>
                    <Keys keys={key} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </section>
      <div className={styles.foot}>
        <label className={styles.choice}>
          <input
            type="checkbox"
            checked={letterKeys}
            onChange={({ target }) => {
              remember({ letterKeys: target.checked })
              setLetterKeys(target.checked)
            }}
          />
          Single letters are keys
        </label>
        {config !== undefined && <small>Gantry {config.version}</small>}
      </div>
    </Dialog>
  )
}
