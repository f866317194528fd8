import { expect, test, vi } from 'vitest'
import { RealmPolicy, type RealmPolicyOptions } from './realm.ts'

const PUBLIC = 'https://registry.example'

function resolve(realm: string, options: Partial<RealmPolicyOptions> = {}): string {
  const registryOrigin = options.registryOrigin ?? PUBLIC
  const policy = new RealmPolicy({ registryOrigin, allow: undefined, serverUrl: undefined, ...options })
  return policy.resolve(realm, new URL('/v2/', registryOrigin)).href
}

test.each<[string, string, Partial<RealmPolicyOptions>, string]>([
  ['another https host', 'https://auth.example/token', {}, 'https://auth.example/token'],
  ['its own query is kept', 'https://auth.example/token?x=1', {}, 'https://auth.example/token?x=1'],
  ['relative', '/token', {}, 'https://registry.example/token'],
  ['a private address', 'https://192.168.1.5:5001/auth', {}, 'https://192.168.1.5:5001/auth'],
  [
    'http with an http registry',
    'http://auth/t',
    { registryOrigin: 'http://registry:5000' },
    'http://auth/t',
  ],
  [
    'loopback of a loopback registry',
    'http://127.0.0.1:5001/auth',
    { registryOrigin: 'http://localhost:5000' },
    'http://127.0.0.1:5001/auth',
  ],
  [
    'loopback when listed',
    'https://localhost:5001/auth',
    { allow: ['https://localhost:5001'] },
    'https://localhost:5001/auth',
  ],
  ['http when listed', 'http://auth:5001/auth', { allow: ['http://auth:5001'] }, 'http://auth:5001/auth'],
  [
    'TOKEN_SERVER_URL replaces',
    'https://localhost:5001/auth',
    { serverUrl: new URL('http://auth:5001/auth') },
    'http://auth:5001/auth',
  ],
  [
    'TOKEN_SERVER_URL replaces even nonsense',
    'http://',
    { serverUrl: new URL('http://auth:5001/auth') },
    'http://auth:5001/auth',
  ],
])('a realm is accepted: %s', (_name, realm, options, expected) => {
  expect(resolve(realm, options)).toBe(expected)
})

test.each<[string, string, Partial<RealmPolicyOptions>]>([
  ['http downgrade', 'http://auth.example/token', {}],
  ['user info', 'https://good@evil.example/token', {}],
  ['user info when the host is listed', 'https://good@evil.example/', { allow: ['https://evil.example'] }],
  ['other scheme', 'ftp://auth.example/', {}],
  ['javascript', 'javascript:alert(1)', {}],
  ['an invalid URL', 'https://', {}],
  ['not listed', 'https://evil.example/token', { allow: ['https://auth.example'] }],
  ['listed host on another port', 'https://auth.example:444/token', { allow: ['https://auth.example'] }],
  ['loopback', 'https://localhost/token', {}],
  ['loopback as a number', 'https://2130706433/token', {}],
  ['loopback as mapped IPv6', 'https://[::ffff:127.0.0.1]/token', {}],
  ['metadata', 'http://169.254.169.254/latest', { registryOrigin: 'http://registry:5000' }],
  ['metadata though listed', 'http://169.254.169.254/latest', { allow: ['http://169.254.169.254'] }],
  ['metadata in full-width digits', 'http://①⑥⑨.254.169.254/', { registryOrigin: 'http://registry:5000' }],
  ['unspecified', 'http://0.0.0.0/', { registryOrigin: 'http://localhost:5000' }],
  ['link-local IPv6', 'https://[fe80::1]/', {}],
])('a realm is refused: %s', (_name, realm, options) => {
  expect(() => resolve(realm, options)).toThrow(
    expect.objectContaining({ reason: 'realm_refused', statusCode: 502 }),
  )
})

test('the first realm is pinned; the error for another origin names the variable, not the origin', () => {
  const onPin = vi.fn()
  const policy = new RealmPolicy({ registryOrigin: PUBLIC, allow: undefined, serverUrl: undefined, onPin })
  const url = new URL('/v2/', PUBLIC)
  policy.resolve('https://auth.example/token', url)
  policy.resolve('https://auth.example/other', url)
  expect(() => policy.resolve('https://evil.example/token', url)).toThrow(/TOKEN_REALM_ALLOW/)
  expect(() => policy.resolve('https://evil.example/token', url)).not.toThrow(/evil/)
  expect(onPin.mock.calls).toEqual([['https://auth.example']])
})

test('a refused realm pins nothing', () => {
  const policy = new RealmPolicy({ registryOrigin: PUBLIC, allow: undefined, serverUrl: undefined })
  const url = new URL('/v2/', PUBLIC)
  expect(() => policy.resolve('http://169.254.169.254/', url)).toThrow()
  expect(policy.resolve('https://auth.example/token', url).origin).toBe('https://auth.example')
})

test.each<[string, string, Partial<RealmPolicyOptions>]>([
  ['the same host', 'http://registry.example/service/token', {}],
  ['the https origin is listed', 'http://registry.example/token', { allow: ['https://registry.example'] }],
  ['another host', 'http://auth.example/token', {}],
])('http with an https registry: the error names only TOKEN_SERVER_URL: %s', (_name, realm, options) => {
  const refused = () => resolve(realm, options)
  expect(refused).toThrow(/TOKEN_SERVER_URL/)
  expect(refused).not.toThrow(/TOKEN_REALM_ALLOW/)
})
