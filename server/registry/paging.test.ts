import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import type { Digest } from '../../shared/oci/digest.ts'
import type { Repository } from '../../shared/oci/reference.ts'
import { GatewayError } from '../errors.ts'
import { parseEndpoint, referrersEndpoint, tagsEndpoint, withQuery } from './endpoint.ts'
import { followLink, type ListEndpoint, Paging } from './paging.ts'

const DIGEST = `sha256:${'ab'.repeat(32)}` as Digest
const catalog: ListEndpoint = { ...parseEndpoint('GET', '/v2/_catalog?n=2'), kind: 'catalog' }
const tags = tagsEndpoint('docker/acme/app' as Repository)
const referrers = referrersEndpoint('a' as Repository, DIGEST)
const follow = (endpoint: string, list: ListEndpoint = tags) => followLink(`<${endpoint}>; rel="next"`, list)

test.each<[string, ListEndpoint, string, string]>([
  ['Azure', tags, '/v2/docker/acme/app/tags/list?last=1.1&n=2&orderby=', 'last=1.1&n=2&orderby='],
  [
    'Azure, by time',
    tags,
    '/v2/docker/acme/app/tags/list?orderby=time_desc&last=a',
    'orderby=time_desc&last=a',
  ],
  ['a token', catalog, '/v2/_catalog?nextToken=a%2Bb%3D%3D', 'nextToken=a%2Bb%3D%3D'],
  ['a page', catalog, '/v2/_catalog?page=2&per_page=100', 'page=2&per_page=100'],
  ['Quay', catalog, '/v2/_catalog?next_page=gAAAAA%3D%3D&n=50', 'next_page=gAAAAA%3D%3D&n=50'],
  ['no names at all', catalog, '/v2/_catalog?abc', 'abc'],
  ['no query', catalog, '/v2/_catalog', ''],
  ['the query alone', tags, '?last=1.1&n=2', 'last=1.1&n=2'],
  ['relative to the list', tags, 'list?last=1.1', 'last=1.1'],
  ['an empty n', tags, '?n=&last=1', 'n=&last=1'],
  ['n of 0', tags, '?n=0&last=1', 'n=0&last=1'],
  ['a fragment', tags, '?last=1#x', 'last=1'],
  ['a question mark in a cursor', tags, '?token=a?b', 'token=a?b'],
  [
    'several types',
    referrers,
    '?artifactType=a&artifactType=b&last=x',
    'artifactType=a&artifactType=b&last=x',
  ],
  ['referrers, encoded', referrers, `/v2/a/referrers/${DIGEST.replace(':', '%3a')}?x=1`, 'x=1'],
  ['another host', tags, 'https://other.example:5/v2/docker/acme/app/tags/list?last=1', 'last=1'],
  ['Nexus', tags, 'http://nexus:5002/repository/hub/v2/docker/acme/app/tags/list?last=1', 'last=1'],
  ['Artifactory', tags, '/artifactory/api/docker/local/v2/docker/acme/app/tags/list?last=1', 'last=1'],
  ['Artifactory without the key', tags, '/v2/acme/app/tags/list?last=1.1&n=2', 'last=1.1&n=2'],
  ['with a project before it', tags, '/v2/mirror/docker/acme/app/tags/list?last=1', 'last=1'],
  ['the catalog under a prefix', catalog, '/repository/hub/v2/_catalog?last=1', 'last=1'],
  ['a slash at the end', catalog, '/v2/_catalog/?last=1', 'last=1'],
])('a Link is followed by its own query: %s', (_name, list, endpoint, query) => {
  expect(follow(endpoint, list)).toEqual({ kind: 'next', query })
})

test.each<[string, string, ListEndpoint?]>([
  ['another repository', '/v2/secret/store/tags/list?last=1'],
  ['a repository with the same letters at its end', '/v2/docker/acme/webapp/tags/list?last=1'],
  ['a part of the name only', '/tags/list?last=1'],
  ['no repository', '/v2/tags/list?last=1'],
  ['the catalog', '/v2/_catalog?last=1'],
  ['tags, of a catalog', '/v2/a/tags/list?last=1', catalog],
  ['another digest', `/v2/a/referrers/${DIGEST.replace('ab', 'cd') as Digest}?last=1`, referrers],
  ['a manifest', `/v2/a/manifests/${DIGEST}?last=1`, referrers],
  ['broken encoding', '/v2/docker/acme/app/tags/list%zz?last=1'],
  ['encoded twice', '/v2/docker%252Facme/app/tags/list?last=1'],
  ['a script', 'javascript:/v2/docker/acme/app/tags/list?last=1'],
  ['an invalid URL', 'http://['],
  ['n below 0', '/v2/docker/acme/app/tags/list?last=1&n=-1'],
  ['n that is not a number', '?last=1&n=all'],
  ['appended to itself', '?n=3&last=t2?n=3&last=t5'],
  ['appended to itself, without n', '?last=t2?last=t5'],
  ['appended to itself, by a token', '?token=a?token=b'],
  ['two cursors', '?last=t2&last=t5'],
  ['a space', '?last=a b'],
  ['a line feed', '?last=a\nb'],
  ['bytes above ASCII', '?last=\u00c3\u00a9'],
  ['a long query', `?last=${'x'.repeat(1600)}`],
])('a Link is reported as unreadable: %s', (_name, endpoint, list) => {
  expect(follow(endpoint, list)).toEqual({ kind: 'unreadable', why: expect.stringMatching(/^its Link /) })
})

test.each([
  ['no Link', '', 'end'],
  ['another relation', '</v2/a>; rel="prev"', 'end'],
  ['two of other relations', '</v2/a>; rel="first", </v2/b>; rel="last"', 'end'],
  ['no brackets', '/v2/docker/acme/app/tags/list?last=1; rel="next"', 'unreadable'],
  ['no relation', '</v2/docker/acme/app/tags/list?last=1>', 'unreadable'],
  ['an empty relation', '</v2/docker/acme/app/tags/list?last=1>; rel=""', 'unreadable'],
  ['an unterminated quote', '<?last=1>; rel="next', 'unreadable'],
  ['garbage after another relation', '</v2/a>; rel="prev", /v2/b; rel=next', 'unreadable'],
  ['9 KB', `<?last=${'x'.repeat(9000)}>; rel="next"`, 'unreadable'],
  ['a second field', '</v2/a>; rel="prev", <?last=1>; rel="next"', 'next'],
])('a field with %s is %s', (_name, link, kind) => {
  expect(followLink(link, tags).kind).toBe(kind)
})

const paging = (secrets: readonly string[], onUnreadable = vi.fn()) => ({
  lists: new Paging({ secrets, onUnreadable }),
  onUnreadable,
})
const refusal = (run: () => unknown) => {
  try {
    return run()
  } catch (error) {
    return error instanceof GatewayError ? [error.statusCode, error.code] : error
  }
}
const REFUSED = [400, 'REQUEST_INVALID']
const OLD = 'an-old-secret-of-32-characters-or-more'
const NEW = 'the-new-secret-of-32-characters-or-more'

test('a signed query opens again, for its own list and under any configured secret', () => {
  const list = fc.constantFrom(catalog, tags, referrers)
  const query = fc.string({ unit: fc.constantFrom(...'azAZ09%&=?+/.~-_'), maxLength: 1500 })
  fc.assert(
    fc.property(list, list, query, (one, other, text) => {
      const next = paging([OLD]).lists.sign(one, text)
      expect(next).toMatch(/^[\w-]*\.[\w-]{43}$/)
      expect(next.length).toBeLessThanOrEqual(2048)
      expect(paging([NEW, OLD]).lists.open(one, next)).toBe(text)
      if (one !== other) expect(refusal(() => paging([OLD]).lists.open(other, next))).toEqual(REFUSED)
    }),
  )
})

test('the newest secret signs; a removed one opens nothing', () => {
  const next = paging([NEW, OLD]).lists.sign(tags, 'last=a')
  expect(paging([NEW]).lists.open(tags, next)).toBe('last=a')
  expect(refusal(() => paging([OLD]).lists.open(tags, next))).toEqual(REFUSED)
})

test('a signature holds for one list: not for another repository, digest or kind', () => {
  const { lists } = paging([NEW])
  const next = lists.sign(referrers, 'last=a')
  for (const other of [
    { ...referrers, repository: 'b' as Repository },
    { ...referrers, digest: DIGEST.replace('ab', 'cd') as Digest },
    { ...referrers, kind: 'tags' as const },
  ])
    expect(refusal(() => lists.open(other, next))).toEqual(REFUSED)
  // another page of the same list is the same list
  expect(lists.open({ ...referrers, path: 'any' } as ListEndpoint, next)).toBe('last=a')
})

test('anything unsigned is rejected', () => {
  const { lists } = paging([NEW])
  const made = lists.sign(catalog, 'last=a&n=2')
  const changed = [...made].map(
    (letter, at) => made.slice(0, at) + (letter === 'A' ? 'B' : 'A') + made.slice(at + 1),
  )
  const foreign = paging([OLD]).lists.sign(catalog, 'last=a&n=2')
  const [text = '', signature = ''] = made.split('.')
  const others = ['', '.', 'last=a', text, `${text}.`, `.${signature}`, `${made}.`, `${made}=`, ` ${made}`]
  for (const next of [...others, ...changed, foreign])
    expect(
      refusal(() => lists.open(catalog, next)),
      next,
    ).toEqual(REFUSED)
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (next) => {
      expect(refusal(() => lists.open(catalog, next))).toEqual(REFUSED)
    }),
  )
})

test('the longest query that is followed can be signed, and is no longer than 2 kB', () => {
  const { lists } = paging([NEW])
  const longest = 'x'.repeat(1503)
  expect(follow(`?${longest}`)).toEqual({ kind: 'next', query: longest })
  expect(lists.sign(tags, longest).length).toBe(2048)
  expect(lists.open(tags, lists.sign(tags, longest))).toBe(longest)
  expect(follow(`?${longest}x`).kind).toBe('unreadable')
})

test('a list that cannot be read to its end is reported once, whatever the page or digest', () => {
  const { lists, onUnreadable } = paging([NEW])
  const bad = { link: '/no-link' }
  for (const digest of [DIGEST, DIGEST.replace('ab', 'cd') as Digest])
    for (const list of [catalog, tags, { ...referrers, digest }]) lists.after(bad, list)
  // the first next page counts, even if others follow
  const fine = tagsEndpoint('fine' as Repository)
  lists.after({ link: ['<?last=1>; rel="next"', 'rubbish'] }, fine)
  expect(onUnreadable.mock.calls.map(([{ kind, repository }, why]) => [kind, repository, why])).toEqual([
    ['catalog', undefined, 'its Link is malformed'],
    ['tags', 'docker/acme/app', 'its Link is malformed'],
    ['referrers', 'a', 'its Link is malformed'],
  ])
})

test('any Link gives a valid request line on our own path', () => {
  const piece = fc.constantFrom(
    ...[
      '/v2/_catalog',
      '?',
      '&',
      '=',
      'last',
      'n',
      '1',
      '%',
      '%00',
      '%zz',
      '#',
      ' ',
      '\t',
      '\u00e9',
      '"',
      '\\',
    ],
    ...['{', '|', 'http://', 'evil', '..', '/', ';', '<', '\u0000', '\u007f'],
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const following = follow(pieces.join(''), catalog)
      if (following.kind !== 'next') return
      const { path } = withQuery(parseEndpoint('GET', '/v2/_catalog'), following.query)
      expect(path).toMatch(/^\/v2\/_catalog(?:\?[\x21-\x22\x24-\x7e]+)?$/)
    }),
    { numRuns: 2000 },
  )
})
