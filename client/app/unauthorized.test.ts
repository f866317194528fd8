import { expect, test } from 'vitest'
import { type Reaction, reactionTo, type Unauthorized } from './unauthorized.ts'

const base: Unauthorized = { reason: 'login_required', here: '/', query: 'tags', user: undefined }

test.each<[string, Partial<Unauthorized>, Reaction]>([
  ['a guest at home', {}, 'login unless guest'],
  ['a guest at home, for the catalog', { query: 'catalog' }, 'login unless guest'],
  ['a guest at a repository', { here: '/r/team/app' }, 'login'],
  ['the catalog beside an open repository', { here: '/r/team/app', query: 'catalog' }, 'stay'],
  ['a prefetched image', { here: '/r/team/app', query: 'manifest' }, 'forget'],
  ['a prefetched config', { here: '/', query: 'blob' }, 'forget'],
  ['an open image', { here: '/r/team/app:1.0', query: 'manifest' }, 'login'],
  ['an image opened by its digest', { here: '/r/team/app@sha256:ab', query: 'blob' }, 'login'],
  ['the login page', { here: '/login', reason: 'session_ended', user: 'mira' }, 'stay'],
  ['a session that has ended', { reason: 'session_ended', user: 'mira' }, 're-authenticate'],
  ['a password that was changed', { reason: 'password_refused', user: 'mira' }, 're-authenticate'],
  [
    'a session that has ended, met by a prefetch',
    { reason: 'session_ended', user: 'mira', here: '/r/team/app', query: 'manifest' },
    're-authenticate',
  ],
  ['a session of which the page knows nothing', { reason: 'session_ended' }, 'login'],
  ['more rights than the login has', { user: 'mira', here: '/r/team/app' }, 'login'],
])('%s', (_name, given, reaction) => {
  expect(reactionTo({ ...base, ...given })).toBe(reaction)
})
