// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest'
import { forgetRecents, readPreferences, remember, rememberRepository } from './preferences.ts'

beforeEach(() => localStorage.clear())

test.each([
  ['nothing', undefined],
  ['no JSON', '{'],
  ['null', 'null'],
  ['another shape', '{"theme":7,"recents":"x","tagColumns":["none"],"repositoryView":[]}'],
])('what is stored may be %s: the defaults hold', (_name, stored) => {
  if (stored !== undefined) localStorage.setItem('gantry', stored)
  expect(readPreferences()).toEqual({
    theme: 'system',
    recents: [],
    repositoryView: 'tree',
    tagColumns: ['created', 'size', 'platforms', 'digest'],
    tagSort: '',
    client: 'docker',
    byDigest: false,
    letterKeys: true,
    repositoriesPx: 272,
    tagsShare: undefined,
  })
})

test('the newest repositories come first, each once, and only a few', () => {
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'c']) rememberRepository(name)
  expect(readPreferences().recents).toEqual(['c', 'i', 'h', 'g', 'f', 'e', 'd', 'b'])
})

test('forgetting the recents keeps the theme', () => {
  remember({ theme: 'dark' })
  rememberRepository('a')
  forgetRecents()
  expect(readPreferences()).toMatchObject({ theme: 'dark', recents: [] })
})

test('the client whose command was chosen is remembered, and by digest or not', () => {
  remember({ client: 'skopeo' })
  remember({ byDigest: true })
  expect(readPreferences()).toMatchObject({ client: 'skopeo', byDigest: true })
})
