import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseEndpoint } from '../endpoint.ts'
import { coversScopes, normalizeScopes, sameScopes, scopeOf } from './scope.ts'

test.each([
  ['GET', '/v2/', undefined],
  ['GET', '/v2/_catalog?n=10', 'registry:catalog:*'],
  ['GET', '/v2/a/b/tags/list', 'repository:a/b:pull'],
  ['HEAD', '/v2/a/manifests/latest', 'repository:a:pull'],
  ['GET', `/v2/a/blobs/sha256:${'0'.repeat(64)}`, 'repository:a:pull'],
  ['GET', `/v2/a/referrers/sha256:${'0'.repeat(64)}`, 'repository:a:pull'],
  ['DELETE', '/v2/a/manifests/latest', 'repository:a:delete'],
])('scopeOf %s %s', (method, url, expected) => {
  expect(scopeOf(parseEndpoint(method, url))).toBe(expected)
})

test.each([
  ['actions are sorted', ['repository:a:push,pull'], ['repository:a:pull,push']],
  [
    'one resource is one scope',
    ['repository:a:pull', 'repository:a:delete,pull'],
    ['repository:a:delete,pull'],
  ],
  [
    'resources are sorted',
    ['repository:b:pull', 'registry:catalog:*'],
    ['registry:catalog:*', 'repository:b:pull'],
  ],
  ['a port in the name', ['repository:h:5000/a:push,pull'], ['repository:h:5000/a:pull,push']],
  ['anything that is not a scope is kept', ['nonsense', 'a:b', 'nonsense'], ['a:b', 'nonsense']],
  ['nothing', [], []],
])('normalizeScopes: %s', (_name, scopes, expected) => {
  expect(normalizeScopes(scopes)).toEqual(expected)
})

test('normalizeScopes is idempotent and ignores order', () => {
  const scope = fc.stringMatching(/^[a-z]{1,3}(:[a-z]{1,3}){0,3}(,[a-z]{1,3}){0,2}$/)
  fc.assert(
    fc.property(fc.array(scope), (scopes) => {
      const once = normalizeScopes(scopes)
      expect(normalizeScopes(once)).toEqual(once)
      expect(sameScopes(scopes, [...scopes].reverse())).toBe(true)
    }),
  )
})

test.each([
  ['the same', ['repository:a:pull'], ['repository:a:pull'], true],
  ['fewer actions', ['repository:a:pull,push'], ['repository:a:pull'], true],
  ['nothing', [], [], true],
  ['another action', ['repository:a:pull'], ['repository:a:pull,push'], false],
  ['another repository', ['repository:a:pull'], ['repository:b:pull'], false],
  ['something after nothing', [], ['repository:a:pull'], false],
])('coversScopes: %s', (_name, asked, wanted, expected) => {
  expect(coversScopes(asked, wanted)).toBe(expected)
})
