// /login?next=… — name and password of the registry.

import { useSuspenseQuery } from '@tanstack/react-query'
import { Link, useLocation, useSearchParams } from 'react-router'
import { configQuery } from '../api/session.ts'
import { LoginForm } from '../features/session/login-form.tsx'
import styles from '../features/session/session.module.css'
import { home, nextPath } from '../paths.ts'
import { Notice } from '../ui/notice.tsx'
import { usePageTitle } from '../ui/page-title.ts'

export function Component() {
  const config = useSuspenseQuery(configQuery).data
  const [search] = useSearchParams()
  const { state } = useLocation()
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
  const reason = typeof state?.reason === 'string' ? state.reason : undefined
  return (
    <div className={styles.page}>
      <LoginForm config={config} next={nextPath(search.get('next'))} reason={reason} />
    </div>
  )
}

export { RouteFailure as ErrorBoundary } from './route-failure.tsx'
