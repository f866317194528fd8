import Fastify, { type FastifyInstance } from 'fastify'
import { expect, test } from 'vitest'
import { securityHeaders } from './security-headers.ts'

async function server(publicUrl?: string): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify()
  await app.register(securityHeaders, { publicUrl: publicUrl === undefined ? undefined : new URL(publicUrl) })
  app.get('/page', async () => '')
  app.get('/v2/', async () => '')
  return app
}

async function fields(app: FastifyInstance, url: string) {
  const { date: _, ...headers } = (await app.inject(url)).headers
  return headers
}

test.each(['/page', '/v2/', '/not-found'])(
  '%s has the same fields, whichever request is first',
  async (url) => {
    const first = await fields(await server(), url)
    expect(first['referrer-policy']).toBe('no-referrer')
    const app = await server()
    for (const other of ['/v2/', '/page']) await app.inject(other)
    expect(await fields(app, url)).toEqual(first)
  },
)

test('only what is under /v2 is in a sandbox', async () => {
  const app = await server()
  for (const [url, policy] of [
    ['/v2/', /^sandbox; default-src 'none'$/],
    ['/v2?n=1', /^sandbox/],
    ['/v2x', /^default-src 'none';script-src 'self';/],
    ['/page', /^default-src 'none';script-src 'self';/],
  ] as const)
    expect((await fields(app, url))['content-security-policy'], url).toMatch(policy)
})

test.each([
  [undefined, undefined, undefined],
  ['http://gantry.example', undefined, undefined],
  ['https://gantry.example', 'max-age=31536000; includeSubDomains', 'same-origin'],
])('PUBLIC_URL %s: fields for https only', async (publicUrl, transport, opener) => {
  const headers = await fields(await server(publicUrl), '/page')
  expect(headers['strict-transport-security']).toBe(transport)
  expect(headers['cross-origin-opener-policy']).toBe(opener)
})
