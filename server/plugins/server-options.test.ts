import Fastify, { type FastifyInstance } from 'fastify'
import { expect, test } from 'vitest'
import { parseConfig } from '../config/config.ts'
import { GatewayError } from '../errors.ts'
import { errorHandler } from './error-handler.ts'
import { rewriteUrl, serverOptions } from './server-options.ts'

/** A server whose log is captured at every level. */
async function logged(env = {}): Promise<{ app: FastifyInstance; log: () => string }> {
  const lines: string[] = []
  const options = serverOptions(parseConfig({ LOG_LEVEL: 'trace', ...env }))
  const stream = { write: (line: string) => lines.push(line) }
  const app: FastifyInstance = Fastify({ ...options, logger: { ...options.logger, stream } })
  await app.register(errorHandler, { onFailure: () => {} })
  return { app, log: () => lines.join('') }
}

test('the log has paths and causes, and no secret from a request', async () => {
  const { app, log } = await logged()
  app.post('/fails', () => {
    throw new GatewayError('UNAVAILABLE', 'The registry did not response.', {
      cause: new Error('connect ECONNREFUSED 10.0.0.5:5000', { cause: new Error('deeper') }),
    })
  })
  app.post('/breaks', (request) => {
    request.log.info({ login: request.body, req: request }, 'careless')
    throw new Error('unforeseen')
  })
  for (const url of ['/fails', '/breaks'])
    await app.inject({
      method: 'POST',
      url: `${url}?token=canary-query`,
      headers: { authorization: 'Basic canary-header', cookie: 'gantry=canary-cookie' },
      payload: { username: 'mira', password: 'canary-password' },
    })
  expect(log()).toMatch(/"req":\{"id":"[\da-f-]{36}","method":"POST","path":"\/fails"\}/)
  expect(log()).toContain('"causes":["connect ECONNREFUSED 10.0.0.5:5000","deeper"]')
  expect(log()).toContain('unforeseen')
  expect(log()).not.toMatch(/canary/)
})

test.each([
  ['a trusted proxy', '127.0.0.1', 'https gantry.example'],
  ['an untrusted address', '10.9.9.9', 'http localhost'],
  ['any address, with no proxy set', '', 'http localhost'],
])('forwarded fields from %s', async (_name, trusted, expected) => {
  const { app } = await logged({ TRUST_PROXY: trusted })
  app.get('/', async (request) => `${request.protocol} ${request.host}`)
  const headers = { host: 'localhost', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'gantry.example' }
  expect((await app.inject({ url: '/', headers })).body).toBe(expected)
})

test('a body that is too large is refused in the one error shape', async () => {
  const { app } = await logged()
  app.post('/', async () => 'read')
  const response = await app.inject({ method: 'POST', url: '/', payload: { x: 'y'.repeat(200_000) } })
  expect([response.statusCode, response.json().errors[0].code]).toEqual([413, 'REQUEST_INVALID'])
})

test('a parameter may be as long as a sha512 digest behind a name of 255 characters', async () => {
  const { app } = await logged()
  app.get('/:name', async () => 'found')
  expect((await app.inject(`/${'n'.repeat(255 + 135)}`)).statusCode).toBe(200)
})

test.each([
  ['', '/v2/', '/v2/'],
  ['/gantry', '/gantry', '/'],
  ['/gantry', '/gantry/', '/'],
  ['/gantry', '/gantry?filter=x', '/?filter=x'],
  ['/gantry', '/gantry/r/a?tab=raw', '/r/a?tab=raw'],
  ['/gantry', '/r/a', '/r/a'],
  ['/gantry', '/gantryx/r/a', '/gantryx/r/a'],
  ['/gantry', '/r/gantry/a', '/r/gantry/a'],
  ['/gantry', '/gantry/gantry/a', '/gantry/a'],
  // never decoded: a path that is not ours stays as it is
  ['/gantry', '/%67antry/v2/', '/%67antry/v2/'],
  ['/gantry', '/gantry/..//v2/', '/..//v2/'],
  ['/gantry', undefined, '/'],
])('with the base path %j, %s is routed as %s', (basePath, url, expected) => {
  expect(rewriteUrl(basePath)(url === undefined ? {} : { url })).toBe(expected)
})
