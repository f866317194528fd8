import type { FastifyRequest } from 'fastify'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { isHostOf, isLoopbackHost, isUnspoofableHost, requestOrigin } from './origin.ts'

/** The result of a check on a request with these fields. */
async function resultOf<T>(
  check: (request: FastifyRequest) => T,
  headers: Record<string, string>,
): Promise<T> {
  const app = Fastify()
  const results: T[] = []
  app.get('/', async (request) => {
    results.push(check(request))
  })
  await app.inject({ url: '/', headers })
  await app.close()
  const [result] = results
  if (results.length !== 1) throw new Error('the check did not run')
  return result as T
}

test.each([
  ['localhost', true, true],
  ['LOCALHOST:8080', true, true],
  ['a.b.localhost', true, true],
  ['127.0.0.1:8080', true, true],
  ['127.9.8.7', true, true],
  ['[::1]:8080', true, true],
  ['10.1.2.3:8080', false, true],
  ['[fd00::1]', false, true],
  ['gantry.example', false, false],
  ['localhost.evil.example', false, false],
  ['evillocalhost', false, false],
  ['127.0.0.1.evil.example', false, false],
  ['evil.example#.localhost', false, false],
  ['evil.example/.localhost', false, false],
  ['localhost@evil.example', false, false],
  ['evil.example\\.localhost', false, false],
])('Host %s: loopback %s, safe from DNS spoofing %s', async (host, loopback, safe) => {
  expect(await resultOf(isLoopbackHost, { host })).toBe(loopback)
  expect(await resultOf(isUnspoofableHost, { host })).toBe(safe)
})

test.each([
  ['gantry.example', 'https://gantry.example', true],
  ['GANTRY.example:443', 'https://gantry.example', true],
  ['gantry.example:80', 'https://gantry.example', false],
  ['gantry.example:8080', 'http://gantry.example', false],
  ['gantry.example', 'https://gantry.example:8443', false],
  ['gantry.example.evil.example', 'https://gantry.example', false],
  ['gantry.example:a', 'https://gantry.example', false],
])('Host %s is that of %s: %s', async (host, url, expected) => {
  expect(await resultOf((request) => isHostOf(request, new URL(url)), { host })).toBe(expected)
})

test.each([
  ['https://gantry.example:8443', 'https://gantry.example:8443'],
  ['null', undefined],
  ['', undefined],
  ['https://a, https://b', undefined],
])('Origin %j is read as %s', async (origin, expected) => {
  expect((await resultOf(requestOrigin, { origin }))?.origin).toBe(expected)
})
