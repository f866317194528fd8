import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useLocation, useNavigate } from 'react-router'
import type { ConfigAnswer, SessionAnswer } from '../../../shared/api.ts'
import { logout } from '../../api/session.ts'
import { loginPath } from '../../paths.ts'
import controls from '../../ui/controls.module.css'
import { changeSession } from './change-session.ts'
import styles from './session.module.css'

/** Who is logged in and the way out, or the way in. */
export function SessionMenu({ config, session }: { config: ConfigAnswer; session: SessionAnswer }) {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const { pathname, search } = useLocation()
  const [state, setState] = useState<'idle' | 'sending' | 'failed'>('idle')

  if (session.user === null)
    return config.login ? (
      <Link to={loginPath(pathname + search)} className={styles.signIn}>
        Sign in
      </Link>
    ) : null

  const signOut = async () => {
    setState('sending')
    try {
      const nobody = await logout(new AbortController().signal)
      await navigate(loginPath('/'))
      changeSession(queryClient, nobody)
    } catch {
      setState('failed')
    }
  }
  return (
    <div className={styles.menu}>
      <span className={styles.user} title={session.user}>
        {session.user}
      </span>
      {!session.verified && (
        <span
          className={styles.unverified}
          title="This registry greets everybody: it could not say yet whether the password is right."
        >
          not verified by the registry
        </span>
      )}
      <button
        type="button"
        className={controls.plain}
        onClick={() => void signOut()}
        disabled={state === 'sending'}
      >
        {state === 'failed' ? 'Sign out again' : 'Sign out'}
      </button>
      {state === 'failed' && (
        <span role="alert" className="visually-hidden">
          Gantry does not answer: you are still signed in.
        </span>
      )}
    </div>
  )
}
