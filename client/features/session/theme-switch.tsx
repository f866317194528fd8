import { Monitor, Moon, Sun } from 'lucide-react'
import { useState } from 'react'
import controls from '../../components/controls.module.css'
import { usePageAction } from '../../lib/page-actions.ts'
import { readPreferences, remember, type Theme } from '../../lib/preferences.ts'

const NEXT = { light: 'dark', dark: 'system', system: 'light' } as const
const ICONS = { light: Sun, dark: Moon, system: Monitor }

/** Puts the theme on the document; before the first paint, so that nothing flashes. */
export function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme
}

export function ThemeSwitch() {
  const [theme, setTheme] = useState(() => readPreferences().theme)
  const Icon = ICONS[theme]
  const change = (next: Theme) => {
    remember({ theme: next })
    applyTheme(next)
    setTheme(next)
  }
  usePageAction('Theme: light', () => change('light'))
  usePageAction('Theme: dark', () => change('dark'))
  usePageAction('Theme: as the system', () => change('system'))
  return (
    <button
      type="button"
      className={controls.icon}
      onClick={() => change(NEXT[theme])}
      aria-label={`Theme: ${theme}. Change to ${NEXT[theme]}`}
      title={`Theme: ${theme}`}
    >
      <Icon size={16} aria-hidden />
    </button>
  )
}
