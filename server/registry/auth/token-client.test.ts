import { gzipSync } from 'node:zlib'
import { MockAgent } from 'undici'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { basicAuthorization, TokenClient, type TokenRequest, tokenLifetime } from './token-client.ts'

let agent: MockAgent
beforeEach(() => {
  agent = new MockAgent()
  agent.disableNetConnect()
})
afterEach(async () => {
  await agent.close()
})

const asked: TokenRequest = {
  realm: new URL('https://auth.example/token'),
  service: 'registry',
  scopes: ['repository:a:pull'],
  credentials: { username: 'mira', password: 'säcret:1' },
  visitor: 'session:1',
}

function answering(statusCode: number, body: string | Buffer, headers: Record<string, string> = {}) {
  const seen: { path: string; authorization: string | undefined }[] = []
  const encodings: (string | undefined)[] = []
  agent
    .get('https://auth.example')
    .intercept({ path: () => true, method: 'GET' })
    .reply((request) => {
      const sent = request.headers as Record<string, string>
      seen.push({ path: request.path, authorization: sent.authorization })
      encodings.push(sent['accept-encoding'])
      return { statusCode, data: body, responseOptions: { headers } }
    })
    .persist()
  const client = new TokenClient({ dispatcher: agent, timeoutSeconds: 5, maxConcurrent: 8 })
  const fetchToken = (request: TokenRequest) => client.fetch(request)
  return { seen, encodings, fetchToken }
}

test('a response is requested uncompressed, and decompressed if it arrives compressed', async () => {
  const { fetchToken, encodings } = answering(200, gzipSync('{"token":"abc"}'), {
    'content-encoding': 'gzip',
  })
  expect(await fetchToken(asked)).toMatchObject({ kind: 'token', token: { value: 'abc' } })
  expect(encodings).toEqual(['identity'])
})

test.each([
  ['a bomb', gzipSync(Buffer.alloc(64 * 1024 * 1024)), 'gzip', 'sent no usable token'],
  ['half of it', gzipSync('{"token":"abc"}').subarray(0, 20), 'gzip', 'is compressed and cannot be unpacked'],
  [
    'in a way nobody knows',
    Buffer.from('{"token":"abc"}'),
    'compress',
    'token server’s response is compressed',
  ],
])('a compressed response that is %s is invalid', async (_name, body, encoding, words) => {
  const { fetchToken } = answering(200, body, { 'content-encoding': encoding })
  await expect(fetchToken(asked)).rejects.toMatchObject({
    reason: 'bad_answer',
    message: expect.stringContaining(words),
  })
})

test.each([
  ['absent', undefined, 55],
  ['zero', 0, 55],
  ['negative', -1, 55],
  ['less than the specification allows', 5, 55],
  ['a string', '300', 55],
  ['not a number', Number.NaN, 55],
  ['infinite', Number.POSITIVE_INFINITY, 55],
  ['five minutes', 300, 295],
  ['far too long', 1e12, 86_395],
])('tokenLifetime: expires_in %s', (_name, value, expected) => {
  expect(tokenLifetime(value)).toBe(expected)
})

test('the request is docker’s: GET, service, one scope parameter each, client_id, Basic in UTF-8, no account', async () => {
  const { seen, fetchToken } = answering(200, '{"token":"t"}')
  await fetchToken({ ...asked, scopes: ['registry:catalog:*', 'repository:a:pull'] })
  expect(seen).toEqual([
    {
      path: '/token?service=registry&scope=registry%3Acatalog%3A*&scope=repository%3Aa%3Apull&client_id=gantry',
      authorization: basicAuthorization({ username: 'mira', password: 'säcret:1' }),
    },
  ])
  expect(Buffer.from(seen[0]?.authorization?.slice(6) ?? '', 'base64').toString()).toBe('mira:säcret:1')
})

test('the realm’s query is kept, and a guest’s request has no credentials', async () => {
  const { seen, fetchToken } = answering(200, '{"token":"t"}')
  const realm = new URL('https://auth.example/token?tenant=1&client_id=docker')
  await fetchToken({ realm, service: undefined, scopes: [], credentials: undefined, visitor: 'anonymous' })
  expect(seen).toEqual([{ path: '/token?tenant=1&client_id=docker', authorization: undefined }])
})

test.each([
  ['token', '{"token":"a"}', 'a'],
  ['access_token', '{"access_token":"b"}', 'b'],
  ['both', '{"token":"a","access_token":"b"}', 'b'],
  ['an empty access_token', '{"token":"a","access_token":""}', 'a'],
])('it reads %s', async (_name, body, value) => {
  const { fetchToken } = answering(200, body)
  expect(await fetchToken(asked)).toEqual({ kind: 'token', token: { value, lifetimeSeconds: 55 } })
})

test('a 201 with a token is accepted too', async () => {
  const { fetchToken } = answering(201, '{"token":"a"}')
  expect(await fetchToken(asked)).toMatchObject({ kind: 'token', token: { value: 'a' } })
})

test.each<[string, number, Record<string, string>, string]>([
  [
    'to a trailing slash',
    301,
    { location: 'https://auth.example/token/?service=s' },
    'https://auth.example/token/',
  ],
  ['to https', 308, { location: 'https://x:y@auth.example/token#a' }, 'https://auth.example/token'],
  ['nowhere', 302, {}, 'none'],
])(
  'a redirect %s is reported as one, and the error names TOKEN_SERVER_URL',
  async (_name, status, headers, logged) => {
    const { fetchToken } = answering(status, '', headers)
    const failure = await fetchToken(asked).catch((error: unknown) => error)
    expect(failure).toMatchObject({
      reason: 'bad_answer',
      message: expect.stringContaining('TOKEN_SERVER_URL'),
    })
    expect(failure).toMatchObject({ message: expect.stringContaining('redirects') })
    // the address is for the log only, without its secret parts
    expect(failure).toMatchObject({
      message: expect.not.stringContaining('auth.example'),
      cause: expect.objectContaining({ message: expect.stringMatching(new RegExp(`address ${logged}$`)) }),
    })
  },
)

test.each([401, 403] as const)('a %i means wrong credentials, not a failure', async (status) => {
  const { fetchToken } = answering(status, 'no')
  expect(await fetchToken(asked)).toEqual({ kind: 'refused', status })
})

test.each([
  ['garbage', 200, '<html>', 'bad_answer', 502],
  ['no token', 200, '{}', 'bad_answer', 502],
  ['an empty token', 200, '{"token":""}', 'bad_answer', 502],
  ['a number for a token', 200, '{"token":1}', 'bad_answer', 502],
  ['an array', 200, '[]', 'bad_answer', 502],
  ['line breaks in the token', 200, '{"token":"a\\r\\nX: y"}', 'bad_answer', 502],
  ['a huge token', 200, `{"token":"${'a'.repeat(70_000)}"}`, 'bad_answer', 502],
  ['a huge body', 200, `{"token":"a","x":"${'a'.repeat(2_000_000)}"}`, 'bad_answer', 502],
  ['a redirect', 302, '', 'bad_answer', 502],
  ['204', 204, '', 'bad_answer', 502],
  ['400', 400, '{}', 'bad_answer', 502],
  ['404', 404, '{}', 'bad_answer', 502],
  ['500', 500, 'oops', 'token_server_down', 502],
  ['503', 503, 'oops', 'token_server_down', 502],
  ['504', 504, 'oops', 'timeout', 504],
])('%s does not mean a wrong password', async (_name, status, body, reason, statusCode) => {
  const { fetchToken } = answering(status, body, { location: 'https://evil.example/' })
  await expect(fetchToken(asked)).rejects.toMatchObject({ code: 'UNAVAILABLE', reason, statusCode })
})

test('a 429 passes on its Retry-After', async () => {
  const { fetchToken } = answering(429, '', { 'retry-after': '7' })
  await expect(fetchToken(asked)).rejects.toMatchObject({ code: 'TOOMANYREQUESTS', retryAfterSeconds: 7 })
})

test('a token server that cannot be reached is reported as down, without its address', async () => {
  agent
    .get('https://auth.example')
    .intercept({ path: () => true })
    .replyWithError(Object.assign(new Error('connect ECONNREFUSED 10.0.0.5:5001'), { code: 'ECONNREFUSED' }))
  const failure = new TokenClient({ dispatcher: agent, timeoutSeconds: 5, maxConcurrent: 8 }).fetch(asked)
  await expect(failure).rejects.toMatchObject({
    reason: 'token_server_down',
    message: expect.not.stringContaining('10.0.0.5'),
  })
})
