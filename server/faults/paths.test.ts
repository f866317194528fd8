// Row 38 of the fault matrix: whatever the request line contains, the registry sees only paths of the grammar.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { listen, rawExchange } from '../testing/wire.ts'
import { world } from '../testing/world.ts'

/** The distribution API a second time, as one expression instead of a parser. */
const NAME = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*'
const TAG = '[A-Za-z0-9_][A-Za-z0-9._-]{0,127}'
const DIGEST = '[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Za-z0-9=_-]+'
const QUERY = '(?:\\?(?:[A-Za-z_]+=[A-Za-z0-9*._+%-]*&?)+)?'
const GRAMMAR = new RegExp(
  `^/v2/(?:_catalog|${NAME}/(?:tags/list|manifests/(?:${TAG}|${DIGEST})|(?:blobs|referrers)/${DIGEST}))?${QUERY}$`,
)
const SHA256 = `sha256:${'ab'.repeat(32)}`

const requestLine = (target: string) =>
  Buffer.from(`GET ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`, 'latin1')

test.each([
  ['/v2/a\\..\\..\\admin', 404],
  ['/v2/a/../../admin', 404],
  ['/v2/../admin', 404],
  ['/v2//_catalog', 404],
  ['//v2/_catalog', 404],
  ['/v2/./_catalog', 404],
  ['/v2/_catalog/', 404],
  ['/v2/_catalog/.', 404],
  ['/v2/_catalog;a=b', 404],
  ['/v2/_catalog#x', 404],
  ['/v2/_catalog%00', 404],
  ['/v2/_catalog%20', 404],
  ['/v2/_catalog%3fn=1', 404],
  ['/v2/a%2f..%2fb/tags/list', 404],
  ['/v2/%2e%2e/admin', 404],
  ['/v2/.%2e/admin', 404],
  ['/v2/%252e%252e/admin', 404],
  ['/v2/..%c0%af/admin', 400],
  ['/%76%32/_catalog', 404],
  ['/v2%2f_catalog', 404],
  ['/v2/%zz', 400],
  ['/V2/_catalog', 404],
  ['/v2/A/tags/list', 404],
  ['/v2/a/blobs/sha256:..', 404],
  [`/v2/a/blobs/${SHA256}/../../x`, 404],
  ['/v2/a@b/tags/list', 404],
  ['/v2/a:1/tags/list', 404],
  ['http://evil.example/v2/_catalog', 404],
  ['http://localhost/v2/_catalog', 404],
  ['@evil.example/v2/_catalog', 400],
  ['v2/_catalog', 400],
  ['/v2/caf\u00e9/tags/list', 400],
  ['/v2/_catalog\t', 400],
  ['/v2/_catalog\u0000', 400],
  ['/v2/_catalog x', 400],
  ['/v2/_catalog\r\n /admin', 400],
  ['/v2/_catalog?n=1%0d%0ax:y', 400],
  [`/v2/_catalog?last=${'x'.repeat(5000)}`, 400],
])('row 38: over the wire, %j is %i', async (target, status) => {
  const { app, registry } = await world({ auth: 'none' })
  const text = await rawExchange(await listen(app), requestLine(target))
  expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  expect(text).not.toMatch(/evil|admin/)
  expect(registry.requests).toEqual([])
})

/** Pieces of good and bad targets; put together at random, some one in eight is good. */
const piece = fc.constantFrom(
  ...[
    '/',
    '//',
    '..',
    '.',
    '%2f',
    '%2e',
    '%5c',
    '%00',
    '%',
    '\\',
    ';',
    ':',
    '@',
    '?',
    '#',
    '&',
    '=',
    '*',
    '~',
  ],
  ...[
    'v2',
    'a',
    'a-b',
    'A',
    '_',
    '0',
    'tags',
    'list',
    'manifests',
    'blobs',
    'referrers',
    '_catalog',
    'latest',
  ],
  ...[
    'n=1',
    'last=x',
    'from=evil',
    SHA256,
    'sha256:',
    'x'.repeat(300),
    '\u00e9',
    '\u00ff',
    ' ',
    '\t',
    '\u0000',
    '\u007f',
  ],
)
const end = fc.constantFrom(
  'tags/list',
  'manifests/latest',
  `blobs/${SHA256}`,
  `referrers/${SHA256}`,
  'manifests/v1.0',
)
const name = fc.constantFrom(
  'a',
  'payments/api',
  'a/b/c',
  'a__b',
  'x-0',
  'A',
  '..',
  'a%2fb',
  'a\\b',
  '',
  'tags/list',
)
const target = fc.oneof(
  fc.array(piece, { maxLength: 10 }).map((pieces) => `/v2/${pieces.join('')}`),
  fc.array(piece, { maxLength: 10 }).map((pieces) => pieces.join('')),
  fc
    .tuple(name, end, fc.array(piece, { maxLength: 2 }))
    .map(([repository, tail, more]) => `/v2/${repository}/${tail}${more.join('')}`),
  fc
    .tuple(name, end, fc.array(piece, { maxLength: 4 }))
    .map(([repository, tail, more]) => `/v2/${repository}/${tail}?${more.join('')}`),
  fc.string({ unit: 'binary-ascii', maxLength: 30 }).map((text) => `/v2/${text}`),
)

test('row 38: of 10,000 fuzzed targets, the registry sees only paths of the grammar', {
  timeout: 120_000,
}, async () => {
  const { app, registry } = await world({ auth: 'none' })
  const port = await listen(app)
  const targets = fc.sample(target, { numRuns: 10_000 })
  const statuses = new Map<string, number>()
  const waiting = [...targets]
  async function work(): Promise<void> {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(await rawExchange(port, requestLine(next)))?.[1] ?? 'closed'
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
  }
  await Promise.all(Array.from({ length: 32 }, work))

  const seen = registry.requests.map(({ url }) => url)
  expect(seen.filter((url) => !GRAMMAR.test(url))).toEqual([])
  const parameters = seen.flatMap((url) => [...new URL(url, registry.origin).searchParams.keys()])
  expect(parameters.filter((name) => name !== 'last' && name !== 'n')).toEqual([])
  // many got through, and none caused an error
  expect(seen.length).toBeGreaterThan(500)
  expect([...statuses.keys()].filter((status) => status.startsWith('5') || status === 'closed')).toEqual([])
})
