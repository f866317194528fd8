import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useLocation, useRevalidator } from 'react-router'
import type { SessionResponse } from '../../../shared/api/session.ts'
import { configQuery } from '../../api/session.ts'
import { Dialog } from '../../components/dialog.tsx'
import { endInterruption, type Interruption } from '../../lib/re-authentication.ts'
import { changeSession, resumeSession } from './change-session.ts'
import { chooseGuest } from './guest-mode.ts'
import { LoginForm } from './login-form.tsx'
import styles from './session.module.css'

/** Asks for the password over the page, which stays where it was; its content cannot be read meanwhile. */
export function LoginDialog({ interruption: { user, reason } }: { interruption: Interruption }) {
  const queryClient = useQueryClient()
  const config = useQuery(configQuery).data
  const { pathname, search } = useLocation()
  const { revalidate } = useRevalidator()
  if (config === undefined) return null
  const onSession = (session: SessionResponse) => {
    if (session.user === user) resumeSession(queryClient, session)
    else changeSession(queryClient, session)
    endInterruption()
    void revalidate()
  }
  return (
    // without an answer there is no way on: nothing closes it
    <Dialog labelledBy="login-title" className={styles.dialog}>
      <LoginForm
        config={config}
        reason={reason}
        user={user}
        level={2}
        onSession={onSession}
        guestPath={pathname + search}
        onGuest={(nobody) => {
          changeSession(queryClient, nobody ?? { user: null, verified: false })
          chooseGuest(true)
          endInterruption()
          void revalidate()
        }}
      />
    </Dialog>
  )
}
