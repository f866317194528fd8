// /login?next=… — name and password of the registry.

import { useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { Link, useLocation, useNavigate, useSearchParams } from 'react-router'
import { configQuery } from '../api/session.ts'
import { Notice } from '../components/notice.tsx'
import { changeSession } from '../features/session/change-session.ts'
import { chooseGuest } from '../features/session/guest-mode.ts'
import { LoginForm } from '../features/session/login-form.tsx'
import styles from '../features/session/session.module.css'
import { usePageTitle } from '../lib/page-title.ts'
import { home, nextPath } from '../lib/paths.ts'

export function Component() {
  const config = useSuspenseQuery(configQuery).data
  const [search] = useSearchParams()
  const { state } = useLocation()
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  usePageTitle(`Sign in to ${config.registry}`)
  if (!config.login)
    return (
      <Notice title="No login here" isPage>
        <p>
          {config.authType === 'none'
            ? 'This registry knows no accounts.'
            : 'The registry asks for a login, but signing in is turned off here. The operator can allow it with ALLOW_REGISTRY_LOGIN.'}
        </p>
        <p>
          <Link to={home}>Open a repository</Link>
        </p>
      </Notice>
    )
  const next = nextPath(search.get('next'))
  const reason = typeof state?.reason === 'string' ? state.reason : undefined
  return (
    <div className={styles.page}>
      <LoginForm
        config={config}
        reason={reason}
        level={1}
        onSession={(session) => {
          changeSession(queryClient, session)
          void navigate(next, { replace: true })
        }}
        guestPath={next}
        onGuest={(nobody) => {
          if (nobody !== undefined) changeSession(queryClient, nobody)
          chooseGuest(true)
          void navigate(next, { replace: true })
        }}
      />
    </div>
  )
}

export { RouteFailure as ErrorBoundary } from './route-failure.tsx'
