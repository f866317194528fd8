// Row 55 of the fault matrix: a process with an invalid configuration reports it and exits.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, expect, test } from 'vitest'
import { MAIN } from '../testing/build-server.ts'

const SECRET = 'geheim-7f50'

const folder = mkdtempSync(join(tmpdir(), 'gantry-configuration-'))
afterAll(() => rmSync(folder, { recursive: true }))
function file(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** Runs Gantry with exactly this environment. */
async function run(env: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err] = [text(child.stdout), text(child.stderr)]
  // if it starts against expectation, it must not outlive the test
  const late = setTimeout(() => child.kill('SIGKILL'), 15_000)
  const [code] = await once(child, 'close')
  clearTimeout(late)
  return { code, out: await out, err: await err }
}

const HEAD = 'Gantry cannot start with this configuration:'

test.each<[string, Record<string, string>, string[]]>([
  ['a short key', { SESSION_SECRET: SECRET }, ['SESSION_SECRET']],
  ['a lifetime in letters', { TOKEN_CACHE: 'abc', SESSION_IDLE: '5m' }, ['TOKEN_CACHE', 'SESSION_IDLE']],
  ['an upstream without scheme', { REGISTRY_URL: `${SECRET}.example:5000` }, ['REGISTRY_URL']],
  [
    'addresses with a password',
    { REGISTRY_URL: `https://u:${SECRET}@r.example`, TOKEN_SERVER_URL: `https://u:${SECRET}@a.example/t` },
    ['REGISTRY_URL', 'TOKEN_SERVER_URL'],
  ],
  [
    'half pairs',
    { REGISTRY_PASSWORD: SECRET, UI_USERNAME: 'ui', PASSWORD: SECRET },
    ['REGISTRY_USERNAME', 'UI_PASSWORD', 'USERNAME'],
  ],
  [
    'files that cannot be read',
    {
      REGISTRY_USERNAME: 'u',
      REGISTRY_PASSWORD_FILE: '/none',
      SESSION_SECRET_FILE: folder,
      REGISTRY_CA_FILE: '/none',
    },
    ['REGISTRY_PASSWORD_FILE', 'SESSION_SECRET_FILE', 'REGISTRY_CA_FILE'],
  ],
  [
    'files that hold something else',
    {
      REGISTRY_CA_FILE: file('ca.pem', SECRET),
      SESSION_SECRET_FILE: file('short', SECRET),
      UI_USERNAME: 'u',
      UI_PASSWORD_FILE: file('empty', ''),
    },
    ['REGISTRY_CA_FILE', 'SESSION_SECRET', 'UI_PASSWORD_FILE'],
  ],
  [
    'many settings at once',
    {
      PORT: 'x',
      LOG_LEVEL: 'loud',
      SSL_VERIFY: SECRET,
      TRUST_PROXY: 'true',
      PUBLIC_URL: SECRET,
      BASE_PATH: '/v2',
      REGISTRY_AUTH_TYPE: SECRET,
    },
    ['PORT', 'LOG_LEVEL', 'SSL_VERIFY', 'TRUST_PROXY', 'PUBLIC_URL', 'BASE_PATH', 'REGISTRY_AUTH_TYPE'],
  ],
])(
  'row 55: bad configuration, %s: exit 1 with one message that names the variables and no secret',
  async (_name, env, names) => {
    const { code, out, err } = await run(env)
    const [head, ...problems] = err.trimEnd().split('\n')
    expect([code, out, head]).toEqual([1, '', HEAD])
    for (const problem of problems) expect(problem).toMatch(/^ {2}- /)
    for (const name of names) expect(problems.filter((problem) => problem.includes(name))).not.toEqual([])
    expect(err).not.toContain(SECRET)
  },
)
