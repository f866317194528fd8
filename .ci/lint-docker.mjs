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
  function check(name, problems) {
    if (problems.length === 0) return results.add({ passed: 1 })
    process.stderr.write(`${name}:\n${problems.join('\n')}\n`)
    results.fail(`docker › ${name}`)
  }
  function run(name, command, ...args) {
    // variables that the variants require
    const env = { REGISTRY_URL: 'https://registry.example', ...process.env }
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', env })
    check(name, status === 0 ? [] : [stdout, stderr])
  }
  const skip = (name, reason) => results.add({ skipped: [`docker › ${name}: ${reason}`] })

  check(KUBERNETES, kubernetesProblems(KUBERNETES))
  check('.dockerignore', missingInImage())
  run('Dockerfile', 'npx', '--no-install', 'dockerfile-utils', 'lint', 'Dockerfile')
  const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0
  for (const file of [COMPOSE, ...VARIANTS]) {
    run(file, 'npx', '--no-install', 'dclint', '--max-warnings', '0', file)
    if (hasCompose)
      run(`${file} as compose reads it`, 'docker', 'compose', '--file', file, 'config', '--quiet')
    else skip(`${file} as compose reads it`, 'needs Docker Compose 2')
  }

  check(
    GUIDE,
    undocumentedVariables().map((name) => `does not name ${name}`),
  )
  run(SCRIPT, 'sh', '-n', SCRIPT)
  if (isThere('shellcheck')) run(SCRIPT, 'shellcheck', SCRIPT)
  else skip(`${SCRIPT} with shellcheck`, 'needs shellcheck')
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const results = createResults()
  lintDocker(results)
  process.exit(results.close())
}
