import fc from 'fast-check'
import { expect, test } from 'vitest'
import { looksSecret, maskAssignments } from './secrets.ts'

test.each([
  ['DB_PASSWORD', 'hunter2'],
  ['PGPASSWORD', 'x1'],
  ['MYSQL_ROOT_PASSWORD', 'x1'],
  ['API_KEY', 'abc'],
  ['apiKey', 'abc'],
  ['AWS_SECRET_ACCESS_KEY', 'abc'],
  ['GITHUB_TOKEN', 'abc'],
  ['NPM_AUTH', 'abc'],
  ['DATABASE_URL', 'postgres://app:hunter2@db/app'],
  ['SENTRY_DSN', 'https://abc@sentry.example/1'],
  ['WHATEVER', 'ghp_abcdefghijklmnop'],
  ['ID', `AKIA${'A'.repeat(16)}`],
  ['X', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x'],
  ['CERT', '-----BEGIN RSA PRIVATE KEY-----'],
  ['session.secret', 'x1'],
])('%s=%s looks like a secret', (name, value) => {
  expect(looksSecret(name, value)).toBe(true)
})

test.each([
  ['PATH', '/usr/bin'],
  ['LOG_FORMAT', 'json'],
  ['DB_PASSWORD_FILE', '/run/secrets/db'],
  ['DB_PASSWORD', ''],
  ['ALLOW_EMPTY_PASSWORD', 'yes'],
  ['TOKEN_TTL', '3600'],
  ['AUTH_URL', 'https://auth.example'],
  ['GPG_KEY', 'A035C8C19219BA821ECEA86B64E628F8D684696D'],
  ['SSH_PUBLIC_KEY', 'ssh-ed25519 AAAA'],
  ['KEYBOARD', 'us'],
  ['PASSENGERS', '5 people'],
  ['AUTHOR', 'mira'],
  ['DATABASE_URL', 'postgres://db/app'],
])('%s=%s does not', (name, value) => {
  expect(looksSecret(name, value)).toBe(false)
})

test.each([
  ['ENV DB_PASSWORD=hunter2 PORT=80', 'DB_PASSWORD=•••••••• PORT=80'],
  [`ENV A_TOKEN="two words" B=1`, 'A_TOKEN=•••••••• B=1'],
  ['RUN |1 NPM_TOKEN=abc /bin/sh -c npm ci', 'NPM_TOKEN=•••••••• /bin/sh'],
  ['RUN curl -u "$USER:$TOKEN"', 'RUN curl -u "$USER:$TOKEN"'],
  ['RUN export TOKEN=$OTHER', 'RUN export TOKEN=$OTHER'],
])('maskAssignments %j', (text, part) => {
  expect(maskAssignments(text)).toContain(part)
})

test('nothing but secret-looking values is changed, and never slowly', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      if (!text.includes('=')) expect(maskAssignments(text)).toBe(text)
      looksSecret(text, text)
    }),
  )
  const started = Date.now()
  for (const piece of ['a=', 'A="', 'a_', 'PASSWORD=\\"', '://:', '-']) maskAssignments(piece.repeat(200_000))
  expect(Date.now() - started).toBeLessThan(2000)
})
