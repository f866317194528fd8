// @vitest-environment happy-dom
import { QueryClient } from '@tanstack/react-query'
import { expect, test } from 'vitest'
import { configQuery, sessionQuery } from '../../api/session.ts'
import { readPreferences, remember, rememberRepository } from '../../lib/preferences.ts'
import { changeSession } from './change-session.ts'
import { chooseGuest, isGuestByChoice } from './guest-mode.ts'
import { SAMPLE_CONFIG } from './sample-config.ts'

test('after a change of session only what belongs to nobody is left', () => {
  const queryClient = new QueryClient()
  queryClient.setQueryData(configQuery.queryKey, SAMPLE_CONFIG)
  queryClient.setQueryData(sessionQuery.queryKey, { user: 'mira', verified: true })
  queryClient.setQueryData(['tags', 'secret/app'], ['1.0'])
  remember({ theme: 'dark' })
  rememberRepository('secret/app')
  chooseGuest(true)
  changeSession(queryClient, { user: 'carl', verified: true })
  expect(
    queryClient
      .getQueryCache()
      .getAll()
      .map((query) => query.state.data),
  ).toEqual([SAMPLE_CONFIG, { user: 'carl', verified: true }])
  expect(readPreferences()).toMatchObject({ theme: 'dark', recents: [] })
  expect(isGuestByChoice()).toBe(false)
})
