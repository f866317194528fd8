import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseBuildCommand } from './build-step.ts'
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
  ['JWT_KEY', 'abc'],
  ['STRIPE_KEY', 'abc'],
  ['accessToken', 'abc'],
  ['GITHUB_PAT', 'abc'],
  ['DB_PW', 'abc'],
  ['VAULT_SECRET_ID', 'abc'],
  ['PUBLIC_API_SECRET', 'abc'],
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
  ['ENV DB_PASSWORD=correct horse battery PORT=80', 'ENV DB_PASSWORD=•••••••• PORT=80'],
  ['ENV DB_PASSWORD=$ecr3t', 'ENV DB_PASSWORD=••••••••'],
  ['ENV PASSWORD hunter2', 'ENV PASSWORD ••••••••'],
  ['ENV PORT 80', 'ENV PORT 80'],
  ['ENV A_TOKEN="two B=words" C=1', 'ENV A_TOKEN=•••••••• C=1'],
  ['ENV A=1\n  B=2', 'ENV A=1\n  B=2'],
  ['RUN curl https://user:tok@host/x', 'https://user:••••••••@host/x'],
  ['RUN curl https://user:$TOKEN@host/x', 'https://user:$TOKEN@host/x'],
  ['RUN |2 A=1 NPM_TOKEN=two words /bin/sh -c npm ci', 'RUN |2 A=1 NPM_TOKEN=•••••••• /bin/sh -c npm ci'],
  ['|2 NPM_TOKEN=two words A=1 /bin/bash -o pipefail -c a', '|2 NPM_TOKEN=•••••••• A=1 /bin/bash -o'],
  ['|1 A=two words /bin/sh -c TOKEN=x id', '|1 A=two words /bin/sh -c TOKEN=•••••••• id'],
])('maskAssignments %j', (text, part) => {
  expect(maskAssignments(text)).toContain(part)
})

test.each([
  // the count says that "b=words" is part of the secret
  ['|1 NPM_TOKEN=two b=words /bin/sh -c npm ci', '|1 NPM_TOKEN=•••••••• /bin/sh -c npm ci'],
  // without a shell nobody knows where the secret ends
  ['|1 NPM_TOKEN=two words npm ci', '|1 NPM_TOKEN=••••••••'],
  ['|2 A=1 NPM_TOKEN=two B=words npm ci', '|2 A=1 NPM_TOKEN=••••••••'],
  ['|1 A=1 npm ci --token=abc', '|1 A=1 npm ci --token=••••••••'],
  ['|1 A=1 B=2 make', '|1 A=1 B=2 make'],
])('build arguments: %j', (text, masked) => {
  expect(maskAssignments(text, 'RUN')).toBe(masked)
})

test.each([
  'RUN |1 NPM_TOKEN=correct horse /bin/bash -o pipefail -c make # buildkit',
  '|1 NPM_TOKEN=correct horse /bin/sh -c make',
  'RUN |1 NPM_TOKEN=correct horse make # buildkit',
  'ARG NPM_TOKEN=correct horse',
])('from history to text nothing of the secret is left: %j', (createdBy) => {
  const { instruction, text } = parseBuildCommand(createdBy)
  expect(maskAssignments(text, instruction)).not.toMatch(/correct|horse/)
})

test('nothing of a key of several lines is left, and a setting behind it is', () => {
  const key =
    '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\nZXktdjEA=\n-----END OPENSSH PRIVATE KEY-----'
  expect(maskAssignments(`SSH_PRIVATE_KEY=${key} PORT=80`, 'ENV')).toBe('SSH_PRIVATE_KEY=•••••••• PORT=80')
})

test('nothing but secret-looking values is changed, and long texts come to an end', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      if (!text.includes('=')) expect(maskAssignments(text)).toBe(text)
      looksSecret(text, text)
    }),
  )
  for (const piece of ['a=', 'A="', 'a_', 'PASSWORD=\\"', '://:', '-']) {
    maskAssignments(piece.repeat(200_000))
    maskAssignments(`|1 ${piece.repeat(200_000)}`)
    maskAssignments(`A ${piece.repeat(200_000)}`, 'ENV')
  }
})
