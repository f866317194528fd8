// The frame of every page: bar, reference, who is logged in.

import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { Link, Outlet, useLocation, useNavigation } from 'react-router'
import type { ConfigAnswer, SessionAnswer } from '../../shared/api.ts'
import { parseReference, type Reference } from '../../shared/oci/reference.ts'
import { configQuery, sessionQuery } from '../api/session.ts'
import { SessionMenu } from '../features/session/session-menu.tsx'
import { ThemeSwitch } from '../features/session/theme-switch.tsx'
import { useInterruption } from '../interruption.ts'
import { home } from '../paths.ts'
import { Logo } from '../ui/logo.tsx'
import { Loading } from '../ui/notice.tsx'
import { Breadcrumb } from './breadcrumb.tsx'
import styles from './shell.module.css'

const LoginDialog = lazy(() =>
  import('../features/session/login-dialog.tsx').then((module) => ({ default: module.LoginDialog })),
)

/** What the address names, if it names an image reference. */
function useOpenReference(): Reference | undefined {
  const { pathname } = useLocation()
  return pathname.startsWith('/r/') ? parseReference(pathname.slice('/r/'.length)) : undefined
}

function Bar({ config, session }: { config: ConfigAnswer | undefined; session: SessionAnswer | undefined }) {
  return (
    <header className={styles.bar}>
      <Link to={home} className={styles.brand} aria-label={`${config?.title ?? 'Gantry'}: all repositories`}>
        <Logo />
        <span>{config?.title ?? 'Gantry'}</span>
      </Link>
      <Breadcrumb reference={useOpenReference()} registry={config?.registry} />
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
  return (
    <div className={styles.shell}>
      {/* the login stands for itself */}
      {pathname !== '/login' && <Bar config={config} session={session} />}
      <main className={styles.main} aria-busy={state === 'loading'}>
        <Suspense fallback={<Loading what="the page" />}>
          <Outlet />
        </Suspense>
      </main>
      {interruption !== undefined && (
        <Suspense>
          <LoginDialog interruption={interruption} />
        </Suspense>
      )}
    </div>
  )
}
