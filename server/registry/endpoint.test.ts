import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GatewayError } from '../errors.ts'
import { parseEndpoint, type RegistryEndpoint } from './endpoint.ts'

const DIGEST = `sha256:${'ab'.repeat(32)}`

function attempt(method: string, url: string): RegistryEndpoint | GatewayError {
  try {
    return parseEndpoint(method, url)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
}

test.each<[string, Readonly<Partial<Record<keyof RegistryEndpoint, string | undefined>>>]>([
  ['/v2', { kind: 'ping', path: '/v2/' }],
  ['/v2/', { kind: 'ping', path: '/v2/' }],
  ['/v2/?x=1', { kind: 'ping', path: '/v2/' }],
  ['/v2/_catalog?n=5&last=a%2Fb&from=evil', { kind: 'catalog', path: '/v2/_catalog?n=5&last=a%2Fb' }],
  ['/v2/_catalog?next_page=abc%3D&page=2&next=x', { kind: 'catalog', path: '/v2/_catalog' }],
  ['/v2/a/b/tags/list', { kind: 'tags', repository: 'a/b', path: '/v2/a/b/tags/list' }],
  [
    '/v2/a/manifests/1.2',
    { kind: 'manifest', repository: 'a', tag: '1.2', digest: undefined, path: '/v2/a/manifests/1.2' },
  ],
  [
    `/v2/a/manifests/${DIGEST}?mount=x`,
    { kind: 'manifest', tag: undefined, digest: DIGEST, path: `/v2/a/manifests/${DIGEST}` },
  ],
  [`/v2/a/blobs/${DIGEST}`, { kind: 'blob', digest: DIGEST, path: `/v2/a/blobs/${DIGEST}` }],
  [
    `/v2/a/referrers/${DIGEST}?artifactType=a/b`,
    { kind: 'referrers', path: `/v2/a/referrers/${DIGEST}?artifactType=a%2Fb` },
  ],
  ['/v2/a/manifests/manifests/latest', { kind: 'manifest', repository: 'a/manifests' }],
  ['/v2/tags/list/tags/list', { kind: 'tags', repository: 'tags/list' }],
  [`/v2/a/blobs/sha512:${'c'.repeat(128)}`, { kind: 'blob', digest: `sha512:${'c'.repeat(128)}` }],
])('parseEndpoint GET %s', (url, expected) => {
  expect(parseEndpoint('GET', url)).toMatchObject(expected)
})

test.each([
  '/',
  '/v2x/',
  '/v3/',
  '//v2/',
  '/v2//_catalog',
  '/v2/./_catalog',
  '/v2/a/../_catalog',
  '/v2/a\\..\\..\\admin',
  '/v2/a%2f..%2fadmin/tags/list',
  '/%76%32/_catalog',
  '/v2/_catalog/',
  '/v2/_catalog;x',
  '/v2/a/manifests/',
  '/v2/a/manifests/bad tag',
  '/v2/a/manifests/-x',
  '/v2/a/manifests/sha256:short',
  `/v2/a/manifests/${'t'.repeat(129)}`,
  `/v2/${'a'.repeat(256)}/tags/list`,
  '/v2/A/tags/list',
  '/v2/a/tags/list#x',
  '/v2/a/blobs/uploads/',
  '/v2/a/blobs/latest',
  '/v2/manifests/latest',
  '/v2/a/tags/list\u0000',
  'http://evil/v2/_catalog',
  '/v2/a/referrers/latest',
])('parseEndpoint rejects the path %j', (url) => {
  expect(attempt('GET', url)).toMatchObject({ statusCode: 404, code: 'NAME_INVALID' })
})

test.each(['n=-1', 'n=1e3', 'n=%31%00', `last=${'x'.repeat(5000)}`])(
  'parseEndpoint rejects the query %s',
  (query) => {
    expect(attempt('GET', `/v2/_catalog?${query}`)).toMatchObject({ statusCode: 400 })
  },
)

test.each([
  ['/v2/_catalog?next=SIGNED', '/v2/_catalog?last=a&token=%2B'],
  ['/v2/_catalog?next=SIGNED&last=b&from=evil', '/v2/_catalog?last=a&token=%2B'],
  ['/v2/_catalog?n=5&next=SIGNED', '/v2/_catalog?last=a&token=%2B&n=5'],
  ['/v2/a/tags/list?next=LIMITED&n=5', '/v2/a/tags/list?n=5&last=a'],
  [`/v2/a/referrers/${DIGEST}?next=SIGNED&artifactType=x`, `/v2/a/referrers/${DIGEST}?last=a&token=%2B`],
  ['/v2/_catalog?next=NOTHING', '/v2/_catalog'],
  ['/v2/_catalog?next=NOTHING&n=5', '/v2/_catalog?n=5'],
  ['/v2/a/manifests/1?next=SIGNED', '/v2/a/manifests/1'],
])('%s: the signed query replaces the plain one, except for another n', (url, path) => {
  const queries: Record<string, string> = {
    SIGNED: 'last=a&token=%2B',
    LIMITED: 'n=1000&last=a',
    NOTHING: '',
  }
  expect(parseEndpoint('GET', url, (_list, next) => queries[next] ?? 'wrong').path).toBe(path)
})

test.each([
  ['PUT', '/v2/a/manifests/latest'],
  ['POST', '/v2/a/blobs/uploads/'],
  ['PATCH', '/v2/a/blobs/uploads/x'],
  ['OPTIONS', '/v2/'],
  ['DELETE', `/v2/a/blobs/${DIGEST}`],
  ['DELETE', '/v2/_catalog'],
  ['delete', '/v2/a/manifests/latest'],
])('parseEndpoint rejects %s %s', (method, url) => {
  expect(attempt(method, url)).toMatchObject({ statusCode: 405, code: 'UNSUPPORTED' })
})

test('parseEndpoint writes only what the grammar allows, for any input', () => {
  const piece = fc.constantFrom(
    '/',
    '..',
    '.',
    '%2f',
    '\\',
    'v2',
    'a',
    'tags',
    'list',
    'manifests',
    ':',
    '@',
    '?',
    '#',
    ';',
    ' ',
    '\n',
    'é',
    DIGEST,
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const endpoint = attempt('GET', `/v2/${pieces.join('')}`)
      if (endpoint instanceof GatewayError) return
      expect(endpoint.path).toMatch(/^\/v2\/[a-z0-9._/-]*[\w.:/-]*$/)
      expect(endpoint.path).not.toMatch(/\/\/|\/\.\.?(\/|$)/)
    }),
    { numRuns: 2000 },
  )
})
