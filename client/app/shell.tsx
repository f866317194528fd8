// The frame of every page: bar, reference, who is logged in.

import { useQuery } from '@tanstack/react-query'
import { Suspense, useCallback, useState } from 'react'
import { Link, Outlet, useLocation, useNavigate, useNavigation } from 'react-router'
import type { ConfigResponse } from '../../shared/api/config.ts'
import type { SessionResponse } from '../../shared/api/session.ts'
import { parseReference, type Reference } from '../../shared/oci/reference.ts'
import { configQuery, sessionQuery } from '../api/session.ts'
import { BriefNote } from '../components/brief-note.tsx'
import { late } from '../components/late.tsx'
import { Logo } from '../components/logo.tsx'
import { Loading } from '../components/notice.tsx'
import { Over } from '../components/over.tsx'
import { PaletteButton } from '../features/palette/palette-button.tsx'
import { SessionMenu } from '../features/session/session-menu.tsx'
import { ThemeSwitch } from '../features/session/theme-switch.tsx'
import { brandNotice } from '../lib/branding.ts'
import { usePageAction } from '../lib/page-actions.ts'
import { home, repositoryPath } from '../lib/paths.ts'
import { useInterruption } from '../lib/re-authentication.ts'
import { Breadcrumb } from './breadcrumb.tsx'
import { useLandingFocus } from './landing-focus.ts'
import styles from './shell.module.css'
import { useShortcuts } from './shortcuts.ts'

const LoginDialog = late(async () => (await import('../features/session/login-dialog.tsx')).LoginDialog)
const ASKED_FOR = {
  palette: late(async () => (await import('../features/palette/palette-overlay.tsx')).Palette),
  keys: late(async () => (await import('../features/palette/palette-overlay.tsx')).KeysDialog),
}
type AskedFor = keyof typeof ASKED_FOR

/** What the address names, if it names an image reference. */
function useOpenReference(): Reference | undefined {
  const { pathname } = useLocation()
  return pathname.startsWith('/r/') ? parseReference(pathname.slice('/r/'.length)) : undefined
}

interface BarProps {
  readonly config: ConfigResponse | undefined
  readonly session: SessionResponse | undefined
  /** What is laid over the page. */
  readonly onOpen: (what: AskedFor) => void
}

function Bar({ config, session, onOpen }: BarProps) {
  const reference = useOpenReference()
  const navigate = useNavigate()
  const openPalette = useCallback(() => onOpen('palette'), [onOpen])
  useShortcuts(openPalette)
  usePageAction('Go to all repositories', () => void navigate(home), 'g r')
  usePageAction(
    reference && 'Go to the tags',
    () => reference && void navigate(repositoryPath(reference.repository)),
    'g t',
  )
  usePageAction('Show the keys', () => onOpen('keys'), '?')
  return (
    <header className={styles.bar}>
      <Link to={home} className={styles.brand} aria-label={`${config?.title ?? 'Gantry'}: all repositories`}>
        <Logo />
        <span>{config?.title ?? 'Gantry'}</span>
      </Link>
      <Breadcrumb reference={reference} registry={config?.registry} />
      <span className={styles.grow} />
      {config?.serviceAccount && session?.user === null && (
        <span
          className={styles.note}
          title="Visitors without a login share the rights of the operator’s account."
        >
          shared account
          <span className="visually-hidden">: visitors share the rights of the operator’s account</span>
        </span>
      )}
      <PaletteButton onOpen={openPalette} onNear={ASKED_FOR.palette.load} />
      <ThemeSwitch />
      {config !== undefined && session !== undefined && <SessionMenu config={config} session={session} />}
    </header>
  )
}

export function Shell() {
  const config = useQuery(configQuery).data
  const session = useQuery(sessionQuery).data
  const { pathname } = useLocation()
  const { state } = useNavigation()
  const interruption = useInterruption()
  const [askedFor, setAskedFor] = useState<AskedFor>()
  const close = useCallback(() => setAskedFor(undefined), [])
  const AskedFor = askedFor && ASKED_FOR[askedFor]
  useLandingFocus()
  return (
    <div className={styles.shell}>
      {brandNotice !== undefined && (
        <aside className={styles.notice} aria-label="Notice">
          {brandNotice}
        </aside>
      )}
      {/* the login stands for itself */}
      {pathname !== '/login' && <Bar config={config} session={session} onOpen={setAskedFor} />}
      <main className={styles.main} aria-busy={state === 'loading'}>
        <Suspense fallback={<Loading what="the page" />}>
          <Outlet />
        </Suspense>
      </main>
      {AskedFor !== undefined && (
        <Over key={askedFor} onClose={close}>
          <AskedFor onClose={close} />
        </Over>
      )}
      <BriefNote />
      {interruption !== undefined && (
        <Over>
          <LoginDialog interruption={interruption} />
        </Over>
      )}
    </div>
  )
}
