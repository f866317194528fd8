// @vitest-environment happy-dom
import { QueryClient } from '@tanstack/react-query'
import { expect, test } from 'vitest'
import { configQuery, sessionQuery } from '../../api/session.ts'
import { chooseGuest, isGuestByChoice } from '../../guest.ts'
import { readPreferences, rememberRepository, rememberTheme } from '../../preferences.ts'
import { changeSession } from './change-session.ts'

test('after a change of session only what belongs to nobody is left', () => {
  const queryClient = new QueryClient()
  const config = {
    title: 'Gantry',
    registry: 'registry.example',
    login: true,
    serviceAccount: false,
    delete: false,
    authType: 'token' as const,
    repositories: [],
    version: '1',
  }
  queryClient.setQueryData(configQuery.queryKey, config)
  queryClient.setQueryData(sessionQuery.queryKey, { user: 'mira', verified: true })
  queryClient.setQueryData(['tags', 'secret/app'], ['1.0'])
  rememberTheme('dark')
  rememberRepository('secret/app')
  chooseGuest(true)
  changeSession(queryClient, { user: 'carl', verified: true })
  expect(
    queryClient
      .getQueryCache()
      .getAll()
      .map((query) => query.state.data),
  ).toEqual([config, { user: 'carl', verified: true }])
  expect(readPreferences()).toMatchObject({ theme: 'dark', recents: [] })
  expect(isGuestByChoice()).toBe(false)
})
