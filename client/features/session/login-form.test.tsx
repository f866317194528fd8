// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { MemoryRouter } from 'react-router'
import { afterEach, expect, test, vi } from 'vitest'
import { LoginForm } from './login-form.tsx'
import { SAMPLE_CONFIG } from './sample-config.ts'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

let root: Root | undefined
afterEach(async () => {
  await act(async () => root?.unmount())
  document.body.replaceChildren()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** The form, whose logins are answered by `answer`. */
async function draw(answer: () => Response) {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] })
  const fetch = vi.fn(async () => answer())
  vi.stubGlobal('fetch', fetch)
  const element = document.body.appendChild(document.createElement('div'))
  root = createRoot(element)
  const onSession = vi.fn()
  await act(async () =>
    root?.render(
      <QueryClientProvider client={new QueryClient()}>
        <MemoryRouter>
          <LoginForm
            config={SAMPLE_CONFIG}
            reason={undefined}
            level={1}
            onSession={onSession}
            guestPath="/"
            onGuest={() => {}}
          />
        </MemoryRouter>
      </QueryClientProvider>,
    ),
  )
  const button = () => element.querySelector<HTMLButtonElement>('button[type=submit]')
  return {
    fetch,
    onSession,
    button,
    alert: () => element.querySelector('[role=alert]')?.textContent,
    async submit() {
      await act(async () => {
        element.querySelector('form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
      })
      const asked = fetch.mock.calls.length
      await settled(() => {
        expect(asked).toBeGreaterThan(0)
        expect(button()?.textContent).not.toBe('Signing in…')
      })
    },
    async type(name: string) {
      const input = element.querySelector<HTMLInputElement>('[name=username]')
      await act(async () => {
        if (input === null) throw new Error('no field')
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(input, name)
        input.dispatchEvent(new Event('input', { bubbles: true }))
      })
    },
  }
}

/** However long the answer takes to reach the form here. */
const settled = (check: () => void) =>
  vi.waitFor(
    async () => {
      await act(() => new Promise((resolve) => setTimeout(resolve, 5)))
      check()
    },
    { timeout: 10_000 },
  )

const refusal = (status: number, entry: object, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ errors: [entry] }), { status, headers })
const limited = (seconds: string) => () =>
  refusal(
    429,
    {
      code: 'TOOMANYREQUESTS',
      message: 'Too many logins were refused. Wait before you try again.',
      detail: { reason: 'login_limit' },
    },
    { 'retry-after': seconds },
  )

test('after too many refusals the form says how long to wait, counts down, and lets go', async () => {
  const form = await draw(limited('845'))
  await form.submit()
  expect(form.alert()).toBe('Too many logins were refused. Wait before you try again.')
  expect([form.button()?.textContent, form.button()?.disabled]).toEqual(['Wait 14:05', true])
  await act(async () => vi.advanceTimersByTime(46_000))
  expect(form.button()?.textContent).toBe('Wait 13:19')
  await act(async () => vi.advanceTimersByTime(799_000))
  expect([form.button()?.textContent, form.button()?.disabled]).toEqual(['Sign in', false])
})

test('a second refusal with the same wait counts down anew', async () => {
  const form = await draw(limited('2'))
  await form.submit()
  await act(async () => vi.advanceTimersByTime(2000))
  expect(form.button()?.disabled).toBe(false)
  await form.submit()
  expect([form.button()?.textContent, form.fetch.mock.calls.length]).toEqual(['Wait 0:02', 2])
})

test('another name need not wait', async () => {
  const form = await draw(limited('900'))
  await form.submit()
  await form.type('carl')
  await settled(() => expect(form.alert()).toBeUndefined())
  expect([form.button()?.textContent, form.button()?.disabled, form.alert()]).toEqual([
    'Sign in',
    false,
    undefined,
  ])
})

test.each([
  [
    'a wrong password',
    401,
    { code: 'UNAUTHORIZED', message: '', detail: { reason: 'password_refused' } },
    'The registry refused this name and password.',
  ],
  [
    'a session store that is away',
    503,
    { code: 'UNAVAILABLE', message: 'Try again in a moment.', detail: { reason: 'store_down' } },
    'Gantry’s session store cannot be reached. Try again in a moment.',
  ],
])('%s is said on the form, and can be tried again at once', async (_what, status, entry, said) => {
  const form = await draw(() => refusal(status, entry))
  await form.submit()
  expect([form.alert(), form.button()?.disabled]).toEqual([said, false])
  expect(form.onSession).not.toHaveBeenCalled()
})
