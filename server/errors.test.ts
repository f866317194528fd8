import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CATALOGUE, type ErrorId, type GatewayError, gatewayError } from './errors.ts'

const ids = Object.keys(CATALOGUE) as ErrorId[]
/** Every parameter that any sentence has. */
const PARAMS = {
  upstream: 'registry',
  configured: 'basic',
  offered: 'bearer',
  statusCode: 400,
  problem: 'It has no layers.',
  name: 'n',
  method: 'PUT',
  origin: 'other.example',
  expected: 'gantry.example.',
  limit: 'more than 8 levels deep',
  scope: 'repository:a:pull',
  tag: '1.0',
  tags: ['1.1'],
  digest: 'sha256:ab',
  registryCode: 'NAME_UNKNOWN',
  registryMessage: undefined,
  requestId: 'req-1',
}
const made = (id: ErrorId) => (gatewayError as (id: ErrorId, params: object) => GatewayError)(id, PARAMS)

test.each(ids)('%s: sentences, a status and parameters that may be sent', (id) => {
  const { message, statusCode, code, reason, detail } = made(id)
  expect(message).toMatch(/^\S.*[.?]$/)
  expect(message).not.toMatch(/undefined|\[object|\bnull\b/)
  expect(statusCode).toBeGreaterThanOrEqual(400)
  expect(statusCode).toBeLessThan(600)
  expect(code).toMatch(/^[A-Z_]+$/)
  expect(detail?.reason).toBe(reason)
  const sent = ['reason', 'scope', 'registryCode', 'requestId', 'tag', 'tags', 'digest']
  expect(sent).toEqual(expect.arrayContaining(Object.keys(detail ?? {})))
})

test('a reason belongs to one code, and only an UNAVAILABLE or a moved tag shares its reason', () => {
  const codes = new Map<string, Set<string>>()
  const kinds = new Map<string, number>()
  for (const { code, reason } of Object.values(CATALOGUE)) {
    if (reason === undefined) continue
    codes.set(reason, (codes.get(reason) ?? new Set()).add(code))
    kinds.set(`${code} ${reason}`, (kinds.get(`${code} ${reason}`) ?? 0) + 1)
  }
  expect([...codes].filter(([, of]) => of.size > 1)).toEqual([])
  const shared = [...kinds].filter(([, count]) => count > 1).map(([name]) => name)
  expect(shared.filter((name) => !name.startsWith('UNAVAILABLE '))).toEqual(['CONFLICT tag_moved'])
})

test('the statuses that clients and proxies act on', () => {
  const statuses = Object.fromEntries(ids.map((id) => [id, made(id).statusCode]))
  expect(statuses).toMatchObject({
    login_required: 401,
    tags_denied: 403,
    path_unknown: 404,
    manifest_unknown: 404,
    deletion_off: 405,
    tag_moved: 409,
    range_invalid: 416,
    misdirected: 421,
    login_limit: 429,
    internal: 500,
    registry_down: 502,
    manifest_invalid: 502,
    store_down: 503,
    busy: 503,
    registry_unavailable: 503,
    timeout: 504,
    registry_timeout: 504,
  })
})

test('the registry’s own message replaces ours, and its code is sent', () => {
  const params = { registryCode: 'MANIFEST_UNKNOWN', registryMessage: 'manifest unknown' }
  expect(gatewayError('manifest_unknown', params).toEntry()).toEqual({
    code: 'MANIFEST_UNKNOWN',
    message: 'manifest unknown',
    detail: { reason: 'manifest_unknown', registryCode: 'MANIFEST_UNKNOWN' },
  })
})

test('what is sent of a failure: never its cause', () => {
  const cause = new Error('connect ECONNREFUSED 10.0.0.1:5000')
  const busy = gatewayError('busy', {}, { retryAfterSeconds: 3, cause })
  expect(busy.cause).toBe(cause)
  expect(JSON.stringify(busy.toEnvelope())).not.toContain('10.0.0.1')
  expect(busy.toLine().detail).toEqual({ reason: 'overloaded', retryAfterSeconds: 3 })
  expect(gatewayError('internal', { requestId: undefined }).toEntry().detail).toBeUndefined()
})

test('of a tag: the same kind, with the tag in sentence and detail', () => {
  const { id, code, reason, statusCode, message, detail } = gatewayError('digest_mismatch').ofTag('odd')
  expect({ id, code, reason, statusCode, detail }).toEqual({
    id: 'digest_mismatch',
    code: 'UNAVAILABLE',
    reason: 'bad_answer',
    statusCode: 502,
    detail: { reason: 'bad_answer', tag: 'odd' },
  })
  expect(message).toMatch(/^The tag odd cannot be read.*digest/)
})

test('outside of tests, errors are made from the catalogue only', () => {
  const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && path !== 'errors.ts',
  )
  expect(sources.length).toBeGreaterThan(50)
  const free = sources.filter((path) =>
    readFileSync(join(import.meta.dirname, path), 'utf8').includes('new GatewayError('),
  )
  expect(free).toEqual([])
})
