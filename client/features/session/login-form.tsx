import { type FormEvent, type MouseEvent, useRef, useState } from 'react'
import { useHref } from 'react-router'
import type { ConfigResponse } from '../../../shared/api/config.ts'
import type { SessionResponse } from '../../../shared/api/session.ts'
import { explain } from '../../api/explain.ts'
import { ApiError } from '../../api/http.ts'
import { login, logout } from '../../api/session.ts'
import controls from '../../components/controls.module.css'
import { Logo } from '../../components/logo.tsx'
import { formatClock, useCountdown } from '../../lib/use-countdown.ts'
import styles from './session.module.css'

const NOTES: Readonly<Record<string, string>> = {
  session_ended: 'Your session has ended. Sign in again to go on.',
  password_refused: 'The registry does not accept the password you signed in with.',
}

function sayWhy(error: unknown): string {
  if (error instanceof ApiError && error.reason === 'password_refused')
    return 'The registry refused this name and password.'
  const { title, hint } = explain(error)
  return error instanceof ApiError && error.status === 400 ? hint : `${title}. ${hint}`
}

/** After too many refusals the server asks nobody any more for so long. */
function secondsToWait(error: unknown): number {
  return error instanceof ApiError && error.status === 429 ? (error.retryAfterSeconds ?? 0) : 0
}

/** What became of the last press of the button. */
type Attempt = 'none' | 'pending' | { readonly error: unknown }

interface LoginFormProps {
  readonly config: ConfigResponse
  /** Why somebody is asked. */
  readonly reason: string | undefined
  /** Who was here before: only the password is missing. */
  readonly user?: string
  /** The page behind it has a heading of its own. */
  readonly level: 1 | 2
  readonly onSession: (session: SessionResponse) => void
  /** Where a guest goes: a checked path of ours. */
  readonly guestPath: string
  /** After whatever session there was has ended. */
  readonly onGuest: (nobody: SessionResponse | undefined) => void
}

export function LoginForm({ config, reason, user, level, onSession, guestPath, onGuest }: LoginFormProps) {
  const guestHref = useHref(guestPath)
  const password = useRef<HTMLInputElement>(null)
  const [attempt, setAttempt] = useState<Attempt>('none')
  const failure = typeof attempt === 'object' ? attempt.error : undefined
  const left = useCountdown(secondsToWait(failure), failure)
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const credentials = { username: String(form.get('username')), password: String(form.get('password')) }
    setAttempt('pending')
    try {
      const session = await login(credentials, new AbortController().signal)
      // React goes on holding the field after it has left the page
      if (password.current !== null) password.current.value = ''
      onSession(session)
    } catch (error) {
      setAttempt({ error })
      password.current?.select()
    }
  }
  // a cookie whose session has ended makes no guest: it has to go first
  const goAsGuest = async (event: MouseEvent) => {
    event.preventDefault()
    onGuest(await logout(new AbortController().signal).catch(() => undefined))
  }
  const Title = level === 1 ? 'h1' : 'h2'
  const note = NOTES[reason ?? '']
  return (
    <form className={styles.card} onSubmit={(event) => void submit(event)} aria-labelledby="login-title">
      <p className={styles.brand}>
        <Logo />
        {config.title}
      </p>
      <Title id="login-title">Sign in to {config.registry}</Title>
      <p>
        With the name and password you use for <code>docker login</code>.
      </p>
      {note !== undefined && attempt === 'none' && <p role="status">{note}</p>}
      <label htmlFor="username">Username</label>
      <input
        id="username"
        name="username"
        className={controls.field}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        defaultValue={user}
        // another name need not wait: the server knows whether it must
        onChange={() => left > 0 && setAttempt('none')}
        // biome-ignore lint/a11y/noAutofocus: the form is all there is on its page
        autoFocus={user === undefined}
      />
      <label htmlFor="password">Password</label>
      <input
        id="password"
        name="password"
        type="password"
        ref={password}
        // over a page that somebody was at
        data-first={user === undefined ? undefined : true}
        className={controls.field}
        autoComplete="current-password"
        required
        aria-describedby={failure !== undefined ? 'login-error' : undefined}
      />
      {failure !== undefined && (
        <p id="login-error" role="alert" className={styles.alert}>
          {sayWhy(failure)}
        </p>
      )}
      <button type="submit" className={controls.primary} disabled={attempt === 'pending' || left > 0}>
        {attempt === 'pending' ? 'Signing in…' : left > 0 ? `Wait ${formatClock(left)}` : 'Sign in'}
      </button>
      <p className={styles.guest}>
        or{' '}
        <a href={guestHref} onClick={(event) => void goAsGuest(event)}>
          look around as a guest
        </a>
      </p>
    </form>
  )
}
