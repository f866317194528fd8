// Lints what deploys Gantry: Dockerfile, compose files, Kubernetes manifests and the script that prepares them. As `npm run lint:docker`
// it closes with counts; npm test adds them to its own. What needs a program that is missing is skipped by name.

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { kubernetesProblems } from './lint-kubernetes.mjs'
import { createResults } from './results.mjs'
import { isThere } from './tools.mjs'

const COMPOSE = 'docker-compose.yml'
const VARIANTS = ['docs/deploy/compose.basic.yml', 'docs/deploy/compose.replicas.yml']
const KUBERNETES = 'docs/deploy/kubernetes.yaml'
const GUIDE = 'docs/deploy/compose.md'
const SCRIPT = 'docs/deploy/prepare.sh'

/** The variables that the compose file takes from `.env` and the guide does not name. */
function undocumentedVariables() {
  const guide = readFileSync(GUIDE, 'utf8')
  const names = readFileSync(COMPOSE, 'utf8').matchAll(/\$\{(\w+)/g)
  return [...new Set([...names].map(([, name]) => name))].filter((name) => !guide.includes(`\`${name}\``))
}

/** Files of the image's build that import what `.dockerignore` leaves out: the build would fail. */
function missingInImage() {
  const left = readFileSync('.dockerignore', 'utf8')
    .split('\n')
    .filter((line) => /^[\w*]/.test(line) && line !== '*')
  const isLeftOut = (file) =>
    left.some((line) =>
      line.startsWith('**/*') ? file.endsWith(line.slice(4)) : file === line || file.startsWith(`${line}/`),
    )
  return ['server', 'shared', 'client']
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, name)))
    .filter((file) => /\.tsx?$/.test(file) && !isLeftOut(file))
    .flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)]
        .map(([, path]) => join(dirname(file), path))
        .filter(isLeftOut)
        .map((path) => `${file} imports ${path}, which .dockerignore leaves out`),
    )
}

/** @param results  of createResults(): one passed, failed or skipped for each check. */
export function lintDocker(results) {
  function run(name, command, ...args) {
    // what the variants want to be told
    const env = { REGISTRY_URL: 'https://registry.example', ...process.env }
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env })
    if (status !== 0) process.stderr.write(`${name}:\n${stdout}${stderr}\n`)
    results.add({ passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 })
  }
  const skip = (name, reason) =>
    results.add({ passed: 0, failed: 0, skipped: 1 }, [`docker › ${name}: ${reason}`])

  const kubernetes = kubernetesProblems(KUBERNETES)
  if (kubernetes.length > 0) process.stderr.write(`${KUBERNETES}:\n${kubernetes.join('\n')}\n`)
  results.add({ passed: kubernetes.length === 0 ? 1 : 0, failed: kubernetes.length > 0 ? 1 : 0, skipped: 0 })

  const missing = missingInImage()
  if (missing.length > 0) process.stderr.write(`${missing.join('\n')}\n`)
  results.add({ passed: missing.length === 0 ? 1 : 0, failed: missing.length > 0 ? 1 : 0, skipped: 0 })

  run('Dockerfile', 'npx', '--no-install', 'dockerfile-utils', 'lint', 'Dockerfile')
  const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0
  for (const file of [COMPOSE, ...VARIANTS]) {
    run(file, 'npx', '--no-install', 'dclint', '--max-warnings', '0', file)
    if (hasCompose)
      run(`${file} as compose reads it`, 'docker', 'compose', '--file', file, 'config', '--quiet')
    else skip(`${file} as compose reads it`, 'needs Docker Compose 2')
  }

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
