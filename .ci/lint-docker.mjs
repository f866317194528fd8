// Lints what deploys Gantry: Dockerfile, docker-compose.yml and the script that prepares it. As `npm run lint:docker`
// it closes with counts; npm test adds them to its own. What needs a program that is missing is skipped by name.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { createResults } from './results.mjs'
import { isThere } from './tools.mjs'

const COMPOSE = 'docker-compose.yml'
const GUIDE = 'docs/deploy/compose.md'
const SCRIPT = 'docs/deploy/prepare.sh'

/** The variables that the compose file takes from `.env` and the guide does not name. */
function undocumentedVariables() {
  const guide = readFileSync(GUIDE, 'utf8')
  const names = readFileSync(COMPOSE, 'utf8').matchAll(/\$\{(\w+)/g)
  return [...new Set([...names].map(([, name]) => name))].filter((name) => !guide.includes(`\`${name}\``))
}

/** @param results  of createResults(): one passed, failed or skipped for each check. */
export function lintDocker(results) {
  function run(name, command, ...args) {
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
    if (status !== 0) process.stderr.write(`${name}:\n${stdout}${stderr}\n`)
    results.add({ passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 })
  }
  const skip = (name, reason) =>
    results.add({ passed: 0, failed: 0, skipped: 1 }, [`docker › ${name}: ${reason}`])

  run('Dockerfile', 'npx', '--no-install', 'dockerfile-utils', 'lint', 'Dockerfile')
  run(COMPOSE, 'npx', '--no-install', 'dclint', '--max-warnings', '0', COMPOSE)
  if (spawnSync('docker', ['compose', 'version']).status === 0)
    run(`${COMPOSE} as compose reads it`, 'docker', 'compose', '--file', COMPOSE, 'config', '--quiet')
  else skip(`${COMPOSE} as compose reads it`, 'needs Docker Compose 2')

  const undocumented = undocumentedVariables()
  if (undocumented.length > 0) process.stderr.write(`${GUIDE} does not name ${undocumented.join(', ')}\n`)
  results.add({
    passed: undocumented.length === 0 ? 1 : 0,
    failed: undocumented.length > 0 ? 1 : 0,
    skipped: 0,
  })

  run(SCRIPT, 'sh', '-n', SCRIPT)
  if (isThere('shellcheck')) run(SCRIPT, 'shellcheck', SCRIPT)
  else skip(`${SCRIPT} with shellcheck`, 'needs shellcheck')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const results = createResults()
  lintDocker(results)
  process.exit(results.close())
}
