import { expect, test } from 'vitest'
import { ConfigError, parseConfig } from './config.ts'
import type { Environment } from './environment.ts'
import { SETTING_NAMES } from './settings.ts'

const files: Record<string, string> = {
  '/run/password': 'from-file\n',
  '/run/ca.pem': '-----BEGIN CERTIFICATE-----\nx\n',
  '/run/empty': '',
  '/run/page.svg': '<html></html>',
  '/run/store': 'redis://:from%2Ffile@valkey/2\n',
}
function readFile(path: string): Buffer {
  const text = files[path]
  if (text === undefined) throw new Error('ENOENT')
  return Buffer.from(text)
}
const parse = (env: Environment) => parseConfig(env, readFile)
function problemsOf(env: Environment): readonly string[] {
  try {
    parse(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

test('nothing set: the defaults', () => {
  expect(parse({})).toMatchObject({
    host: '0.0.0.0',
    port: 8080,
    basePath: '',
    login: true,
    allowDelete: false,
    registry: {
      origin: 'https://localhost:5000',
      publicAddress: 'localhost:5000',
      authType: undefined,
      verifyTls: true,
      timeoutSeconds: 30,
    },
    tokens: { cacheSeconds: undefined, realmAllow: undefined, serverUrl: undefined },
    session: { secrets: [], idleSeconds: 28_800, maxSeconds: 86_400, store: undefined },
    uiAccount: undefined,
  })
})

test.each<[string, Environment, object]>([
  [
    'craneoperator’s three for the address',
    { REGISTRY_HOST: 'r.example', REGISTRY_PORT: '443', REGISTRY_PROTOCOL: 'https' },
    { registry: { origin: 'https://r.example', publicAddress: 'r.example' } },
  ],
  [
    'one URL instead of the three',
    { REGISTRY_URL: 'http://r.example:5000/' },
    { registry: { origin: 'http://r.example:5000', publicAddress: 'r.example:5000' } },
  ],
  ['an IPv6 address', { REGISTRY_HOST: '::1' }, { registry: { origin: 'https://[::1]:5000' } }],
  [
    'a public address with a scheme',
    { REGISTRY_PUBLIC_URL: 'https://hub.example:5000/' },
    { registry: { publicAddress: 'hub.example:5000' } },
  ],
  ['empty is unset', { REGISTRY_URL: '', PORT: '', REGISTRY_AUTH_TYPE: '' }, { port: 8080 }],
  ['TOKEN_CACHE=0 is off, not unset', { TOKEN_CACHE: '0' }, { tokens: { cacheSeconds: 0 } }],
  ['a base path without slashes', { BASE_PATH: 'gantry/ui/' }, { basePath: '/gantry/ui' }],
  [
    'a service account turns the login off',
    { REGISTRY_USERNAME: 'u', REGISTRY_PASSWORD: 'p' },
    { login: false, registry: { account: { username: 'u', password: 'p' } } },
  ],
  [
    'unless the login is turned on',
    { REGISTRY_USERNAME: 'u', REGISTRY_PASSWORD: 'p', ALLOW_REGISTRY_LOGIN: 'true' },
    { login: true },
  ],
  [
    'a secret from a file, without its final line break',
    { REGISTRY_USERNAME: 'u', REGISTRY_PASSWORD_FILE: '/run/password' },
    { registry: { account: { username: 'u', password: 'from-file' } } },
  ],
  ['a CA', { REGISTRY_CA_FILE: '/run/ca.pem' }, { registry: { ca: files['/run/ca.pem'] } }],
  ['USERNAME alone is a desktop’s', { USERNAME: 'me' }, { uiAccount: undefined }],
  ['an empty PASSWORD beside it', { USERNAME: 'me', PASSWORD: '' }, { uiAccount: undefined }],
  [
    'craneoperator’s basic auth',
    { USERNAME: 'me', PASSWORD: 'x' },
    { uiAccount: { username: 'me', password: 'x' } },
  ],
  [
    'our own names beside a desktop’s',
    { USERNAME: 'me', UI_USERNAME: 'a', UI_PASSWORD: 'b' },
    { uiAccount: { username: 'a', password: 'b' } },
  ],
  [
    'two secrets',
    { SESSION_SECRET: `${'a'.repeat(32)},${'b'.repeat(40)}` },
    { session: { secrets: ['a'.repeat(32), 'b'.repeat(40)] } },
  ],
  [
    'origins as origins',
    { TOKEN_REALM_ALLOW: 'https://a.example/, http://localhost:5001' },
    { tokens: { realmAllow: ['https://a.example', 'http://localhost:5001'] } },
  ],
  ['the default store', { SESSION_STORE: 'memory' }, { session: { store: undefined } }],
  [
    'a Redis address with all its parts',
    { SESSION_STORE: 'rediss://gantry:p%40ss@[::1]:6380/3', SESSION_SECRET: 'a'.repeat(32) },
    {
      session: {
        store: { host: '::1', port: 6380, tls: true, username: 'gantry', password: 'p@ss', database: 3 },
      },
    },
  ],
  [
    'a Redis from a file',
    { SESSION_STORE_FILE: '/run/store', SESSION_SECRET: 'a'.repeat(32) },
    { session: { store: { host: 'valkey', port: 6379, tls: false, password: 'from/file', database: 2 } } },
  ],
  ['proxies', { TRUST_PROXY: '10.0.0.0/8, ::1' }, { trustProxy: ['10.0.0.0/8', '::1'] }],
  ['lists', { REPOSITORIES: 'a/b, c' }, { repositories: ['a/b', 'c'] }],
])('parseConfig: %s', (_name, env, expected) => {
  expect(parse(env)).toMatchObject(expected)
})

test.each<[Environment, string]>([
  [{ PORT: '80a' }, 'PORT'],
  [{ PORT: '70000' }, 'PORT'],
  [{ TOKEN_CACHE: 'abc' }, 'TOKEN_CACHE'],
  [{ TOKEN_CACHE: '-1' }, 'TOKEN_CACHE'],
  [{ TOKEN_CACHE: '1.5' }, 'TOKEN_CACHE'],
  [{ REGISTRY_TIMEOUT: '0' }, 'REGISTRY_TIMEOUT'],
  [{ REGISTRY_URL: 'registry:5000' }, 'REGISTRY_URL'],
  [{ REGISTRY_URL: 'ftp://r' }, 'REGISTRY_URL'],
  [{ REGISTRY_URL: 'https://u:geheim@r' }, 'REGISTRY_URL'],
  [{ REGISTRY_URL: 'https://r/v2' }, 'REGISTRY_URL'],
  [{ REGISTRY_URL: 'https://r', REGISTRY_HOST: 'x' }, 'REGISTRY_URL'],
  [{ REGISTRY_PROTOCOL: 'tcp' }, 'REGISTRY_PROTOCOL'],
  [{ REGISTRY_HOST: 'https://r' }, 'REGISTRY_HOST'],
  [{ REGISTRY_HOST: 'r:5000' }, 'REGISTRY_HOST'],
  [{ REGISTRY_HOST: 'r\\x' }, 'REGISTRY_HOST'],
  [{ REGISTRY_HOST: 'geheim@r' }, 'REGISTRY_HOST'],
  [{ REGISTRY_AUTH_TYPE: 'oauth' }, 'REGISTRY_AUTH_TYPE'],
  [{ REGISTRY_USERNAME: 'u' }, 'REGISTRY_PASSWORD'],
  [{ REGISTRY_PASSWORD: 'geheim' }, 'REGISTRY_USERNAME'],
  [{ REGISTRY_USERNAME: 'a:b', REGISTRY_PASSWORD: 'geheim' }, 'REGISTRY_USERNAME'],
  [
    { REGISTRY_USERNAME: 'u', REGISTRY_PASSWORD: 'geheim', REGISTRY_PASSWORD_FILE: '/run/password' },
    'REGISTRY_PASSWORD_FILE',
  ],
  [{ REGISTRY_USERNAME: 'u', REGISTRY_PASSWORD_FILE: '/none' }, 'REGISTRY_PASSWORD_FILE'],
  [{ REGISTRY_CA_FILE: '/none' }, 'REGISTRY_CA_FILE'],
  [{ REGISTRY_CA_FILE: '/run/empty' }, 'REGISTRY_CA_FILE'],
  [{ PASSWORD: 'geheim' }, 'USERNAME'],
  [{ UI_USERNAME: 'u' }, 'UI_PASSWORD'],
  [{ UI_USERNAME: 'u', UI_PASSWORD: 'geheim', USERNAME: 'v', PASSWORD: 'geheim' }, 'UI_USERNAME'],
  [{ SESSION_SECRET: 'geheim' }, 'SESSION_SECRET'],
  [{ SESSION_SECRET_FILE: '/run/empty' }, 'SESSION_SECRET_FILE'],
  [{ SESSION_SECRET: ', ' }, 'SESSION_SECRET'],
  [{ TOKEN_SERVER_URL: 'http://169.254.169.254/token' }, 'TOKEN_SERVER_URL'],
  [{ BASE_PATH: '/r' }, 'BASE_PATH'],
  [{ BASE_PATH: '/containers/x' }, 'BASE_PATH'],
  [{ BASE_PATH: '/logo' }, 'BASE_PATH'],
  [{ LOGO_FILE: '/run/none.svg' }, 'LOGO_FILE'],
  [{ LOGO_FILE: '/run/empty' }, 'LOGO_FILE'],
  [{ LOGO_FILE: '/run/page.svg' }, 'LOGO_FILE'],
  [{ ACCENT: 'amber' }, 'ACCENT'],
  [{ ACCENT: '#fff; }' }, 'ACCENT'],
  [{ NOTICE: 'two\nlines' }, 'NOTICE'],
  [{ NOTICE: 'x'.repeat(301) }, 'NOTICE'],
  [{ SSL_VERIFY: 'maybe' }, 'SSL_VERIFY'],
  [{ REGISTRY_ALLOW_DELETE: 'x' }, 'REGISTRY_ALLOW_DELETE'],
  [{ BASE_PATH: '/a/../b' }, 'BASE_PATH'],
  [{ BASE_PATH: '/v2' }, 'BASE_PATH'],
  [{ PUBLIC_URL: 'https://g.example/other', BASE_PATH: '/gantry' }, 'PUBLIC_URL'],
  [{ PUBLIC_URL: 'gantry.example' }, 'PUBLIC_URL'],
  [{ TOKEN_REALM_ALLOW: 'auth.example' }, 'TOKEN_REALM_ALLOW'],
  [{ TOKEN_SERVER_URL: 'auth:5001' }, 'TOKEN_SERVER_URL'],
  [{ TRUST_PROXY: 'true' }, 'TRUST_PROXY'],
  [{ TRUST_PROXY: '10.0.0.0/33' }, 'TRUST_PROXY'],
  [{ TRUST_PROXY: '10.0.0.0/8/9' }, 'TRUST_PROXY'],
  [{ TRUST_PROXY: '0.0.0.0/0' }, 'TRUST_PROXY'],
  [{ TRUST_PROXY: '::/0' }, 'TRUST_PROXY'],
  [{ TRUST_PROXY: '10.0.0.0/' }, 'TRUST_PROXY'],
  [{ REPOSITORIES: 'Not A Name' }, 'REPOSITORIES'],
  [{ REGISTRY_PUBLIC_URL: 'a b' }, 'REGISTRY_PUBLIC_URL'],
  [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL'],
  [{ SESSION_IDLE: '5' }, 'SESSION_IDLE'],
  [{ REGISTRY_CLIENT_KEY_FILE: '/run/ca.pem' }, 'REGISTRY_CLIENT_CERT_FILE'],
  [{ REGISTRY_CLIENT_CERT_FILE: '/run/ca.pem' }, 'REGISTRY_CLIENT_KEY_FILE'],
  [
    { REGISTRY_CLIENT_CERT_FILE: '/run/ca.pem', REGISTRY_CLIENT_KEY_FILE: '/run/password' },
    'REGISTRY_CLIENT_CERT_FILE',
  ],
  [{ SESSION_STORE: 'redis://:geheim@valkey' }, 'SESSION_SECRET'],
  ...[
    'valkey:6379',
    'http://:geheim@valkey',
    'redis://',
    'redis:///0',
    'redis://:geheim@valkey/x',
    'redis://:geheim@valkey/0/1',
    'redis://:geheim@valkey:70000',
    'redis://:geheim@valkey?tls=true',
    'redis://:geheim%@valkey',
    'file',
  ].map((store): [Environment, string] => [
    { SESSION_STORE: store, SESSION_SECRET: 'a'.repeat(32) },
    'SESSION_STORE',
  ]),
  [{ SESSION_STORE_FILE: '/none' }, 'SESSION_STORE_FILE'],
])('parseConfig rejects %j, naming %s and no secret', (env, name) => {
  const problems = problemsOf(env)
  expect(problems.join('\n')).toContain(name)
  expect(problems.join('\n')).not.toContain('geheim')
})

test('every problem is reported at once', () => {
  expect(
    problemsOf({ PORT: 'x', TOKEN_CACHE: 'y', REGISTRY_AUTH_TYPE: 'z', SESSION_SECRET: 'short' }),
  ).toHaveLength(4)
})

test('another tool’s name causes a warning, unless the setting is set anyway', () => {
  const hints = (env: Environment) => parse(env).warnings.filter((warning) => warning.includes('is not read'))
  expect(hints({ REGISTRY_PROTO: 'http', REGISTRY_SSL_VERIFY: 'false' })).toEqual([
    'REGISTRY_PROTO is not read: its name here is REGISTRY_PROTOCOL.',
    'REGISTRY_SSL_VERIFY is not read: its name here is SSL_VERIFY.',
  ])
  expect(hints({ REGISTRY_PROTO: 'http', REGISTRY_PROTOCOL: 'http' })).toEqual([])
  // with REGISTRY_PROTOCOL as well Gantry would not start
  expect(hints({ REGISTRY_PROTO: 'http', REGISTRY_URL: 'http://registry:5000' })).toEqual([])
  expect(hints({ NGINX_PROXY_PASS_URL: 'http://registry:5000', REGISTRY_HOST: 'registry' })).toEqual([])
})

test('the text of the problems', () => {
  expect(
    problemsOf({
      REGISTRY_URL: 'https://u:geheim@r/v2?x#y',
      REGISTRY_PORT: '0',
      REGISTRY_USERNAME: 'a:b',
      PASSWORD: 'geheim',
      TOKEN_REALM_ALLOW: 'a, ftp://b',
      SESSION_STORE: 'geheim',
      BASE_PATH: '/v2',
      PUBLIC_URL: 'https://gantry.example/other',
    }),
  ).toEqual([
    'REGISTRY_URL must not contain a user name or password.',
    'REGISTRY_URL must not contain a fragment.',
    'REGISTRY_URL must not contain a query.',
    'REGISTRY_URL must not contain a path.',
    'REGISTRY_PORT must be a whole number from 1 to 65535.',
    'TOKEN_REALM_ALLOW must be an address that begins with http:// or https://.',
    'SESSION_STORE must be memory or redis://[user:password@]host[:port][/database] (rediss:// for TLS); special characters in the password are percent-encoded.',
    'BASE_PATH must not begin with one of Gantry’s own paths (/v2, /api, /assets, /r, /login, /containers, /livez, /readyz, /metrics, /branding.css, /logo).',
    'REGISTRY_URL replaces REGISTRY_PORT: use one form.',
    'REGISTRY_USERNAME is set but REGISTRY_PASSWORD is not.',
    'REGISTRY_USERNAME must not contain a colon: basic authentication cannot carry it.',
    'PASSWORD is set but USERNAME is not.',
    'SESSION_SECRET must be set with a Redis SESSION_STORE, the same for every replica.',
  ])
})

test('a secret whose file cannot be read is not reported as missing too', () => {
  expect(problemsOf({ REGISTRY_USERNAME: 'u', REGISTRY_PASSWORD_FILE: '/none' })).toEqual([
    'REGISTRY_PASSWORD_FILE: the file cannot be read.',
  ])
  expect(problemsOf({ SESSION_STORE: 'redis://valkey', SESSION_SECRET: 'short' })).toHaveLength(1)
})

test.each(SETTING_NAMES)('no problem with %s quotes its value', (name) => {
  for (const value of ['geheim', 'https://geheim@\n', 'geheim,geheim', '/geheim\u0000'])
    expect(problemsOf({ [name]: value, [`${name}_FILE`]: '/run/empty' }).join('\n')).not.toContain('geheim')
})

test('warnings', () => {
  const account = { REGISTRY_USERNAME: 'u', REGISTRY_PASSWORD: 'p' }
  const redis = { SESSION_SECRET: 'a'.repeat(32), SESSION_STORE: 'redis://valkey' }
  const warned = (env: Environment) => parse({ ...redis, ...env }).warnings
  expect(warned({})).toEqual([])
  expect(warned({ SSL_VERIFY: 'false' })).toEqual([expect.stringContaining('SSL_VERIFY')])
  expect(warned({ REGISTRY_ALLOW_DELETE: 'true', ...account })).toEqual([
    expect.stringContaining('visitors without a login cannot delete'),
  ])
  expect(warned({ REGISTRY_ALLOW_DELETE: 'true', ...account, USERNAME: 'a', PASSWORD: 'b' })).toEqual([])
  expect(warned({ REGISTRY_ALLOW_DELETE: 'true', REGISTRY_AUTH_TYPE: 'none' })).toEqual([
    expect.stringContaining('every visitor may delete'),
  ])
  expect(warned({ REGISTRY_AUTH_TYPE: 'none', ...account })).toEqual([
    expect.stringContaining('REGISTRY_USERNAME is not used'),
  ])
})

test('a warning about the end of sessions with the process, for the memory store only', () => {
  const warned = (env: Environment) => parse(env).warnings.filter((warning) => /logged out/.test(warning))
  const secret = { SESSION_SECRET: 'a'.repeat(32) }
  for (const env of [{}, secret, { SESSION_STORE: 'memory' }])
    expect(warned(env)).toEqual([expect.stringMatching(/^SESSION_STORE is memory/)])
  expect(warned({ ...secret, SESSION_STORE: 'redis://valkey' })).toEqual([])
})
