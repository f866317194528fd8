import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useLocation, useNavigate } from 'react-router'
import type { ConfigResponse } from '../../../shared/api/config.ts'
import type { SessionResponse } from '../../../shared/api/session.ts'
import { logout } from '../../api/session.ts'
import controls from '../../components/controls.module.css'
import { Popover } from '../../components/popover.tsx'
import { usePageAction } from '../../lib/page-actions.ts'
import { loginPath } from '../../lib/paths.ts'
import { changeSession } from './change-session.ts'
import styles from './session.module.css'

/** `mira.ek` → ME: the first letters of two parts, or of one. */
function initials(name: string): string {
  const parts = name.split(/[^\p{L}\p{N}]+/u).filter((part) => part !== '')
  const letters =
    parts.length > 1 ? parts.slice(0, 2).map((part) => [...part][0]) : [...(parts[0] ?? '?')].slice(0, 2)
  return letters.join('').toUpperCase()
}

const UNVERIFIED =
  'This registry also lets guests in. It has not yet said whether your name and password are right.'

/** Who is logged in and the way out, or the way in. */
export function SessionMenu({ config, session }: { config: ConfigResponse; session: SessionResponse }) {
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const { pathname, search } = useLocation()
  const [state, setState] = useState<'idle' | 'sending' | 'failed'>('idle')

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
  const signIn = loginPath(pathname + search)
  const isGuest = session.user === null
  usePageAction(isGuest && config.login ? 'Sign in' : undefined, () => void navigate(signIn))
  usePageAction(isGuest ? undefined : 'Sign out', () => void signOut())
  if (session.user === null)
    return config.login ? (
      <Link to={signIn} className={styles.signIn}>
        Sign in
      </Link>
    ) : null

  return (
    <Popover
      label={`Account: ${session.user}${session.verified ? '' : ' (not verified)'}`}
      buttonClass={styles.account}
      button={
        <>
          <i aria-hidden>{initials(session.user)}</i>
          <span className={styles.user}>{session.user}</span>
          {!session.verified && (
            <span className={styles.unverified} title={UNVERIFIED}>
              not verified
            </span>
          )}
        </>
      }
    >
      <div className={styles.items}>
        <p>
          <span className={styles.name}>{session.user}</span>
          <br />
          signed in to {config.registry}
        </p>
        {!session.verified && <p>Not verified by the registry. {UNVERIFIED}</p>}
        <button
          type="button"
          className={controls.plain}
          onClick={() => void signOut()}
          disabled={state === 'sending'}
        >
          {state === 'failed' ? 'Sign out again' : 'Sign out'}
        </button>
        {state === 'failed' && <p role="alert">Gantry does not answer: you are still signed in.</p>}
      </div>
    </Popover>
  )
}
