// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act } from 'react'
import { createMemoryRouter, RouterProvider } from 'react-router'
import { afterEach, expect, test, vi } from 'vitest'
import { configQuery } from '../../api/session.ts'
import { createTestRoot } from '../../test-root.ts'
import { LoginDialog } from './login-dialog.tsx'
import { SAMPLE_CONFIG } from './sample-config.ts'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
afterEach(() => vi.unstubAllGlobals())

test('it opens even where Gantry’s own settings come later, and the password has the focus', async () => {
  vi.stubGlobal('fetch', () => new Promise(() => {}))
  const queryClient = new QueryClient()
  const element = document.body.appendChild(document.createElement('div'))
  const interruption = { user: 'mira', reason: 'session_ended' }
  const router = createMemoryRouter([{ path: '/', element: <LoginDialog interruption={interruption} /> }])
  await act(async () =>
    createTestRoot(element).render(
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>,
    ),
  )
  expect(element.querySelector('dialog')).toBeNull()
  await act(async () => queryClient.setQueryData(configQuery.queryKey, SAMPLE_CONFIG))
  await vi.waitFor(async () => {
    await act(async () => {})
    expect(element.querySelector('dialog')?.open).toBe(true)
  })
  expect(document.activeElement?.id).toBe('password')
})
