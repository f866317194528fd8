// Finds or installs the programs that tests need besides npm's packages: Debian's packages as root on Debian, Go
// programs with Go's own tool into a cache outside the repository.

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'

/** The same place as in e2e/tools.ts. */
const BIN = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'gantry-tools', 'bin')

/** Names a program may have, best first; the same as in e2e/tools.ts. */
const NAMES = { chromium: ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'] }

/** Program to Debian package. */
const DEBIAN = {
  chromium: 'chromium-headless-shell',
  openssl: 'openssl',
  'docker-registry': 'docker-registry',
  skopeo: 'skopeo',
  umoci: 'umoci',
  htpasswd: 'apache2-utils',
  shellcheck: 'shellcheck',
  nginx: 'nginx',
  'redis-server': 'redis-server',
  wrk: 'wrk',
}

/** Program to Go package. docker_auth has no tags: this is the version that module proxies serve (docs/decisions). */
const GO = {
  crane: 'github.com/google/go-containerregistry/cmd/crane@v0.22.1',
  registry: 'github.com/distribution/distribution/v3/cmd/registry@v3.1.1',
  oras: 'oras.land/oras/cmd/oras@v1.3.6',
  helm: 'helm.sh/helm/v3/cmd/helm@v3.22.0',
  zot: 'zotregistry.dev/zot/v2/cmd/zot@v2.1.15',
  'referrers-registry': 'github.com/google/go-containerregistry@v0.22.1',
  auth_server: 'github.com/cesanta/docker_auth/auth_server@v0.0.0-20200309093330-99bfe0217f59',
}

/** What a program needs besides Go itself to be built. */
const GO_ENV = { zot: { CGO_ENABLED: '0', GOEXPERIMENT: 'jsonv2' } }

export const LINT_TOOLS = ['shellcheck']
export const BROWSER_TOOLS = ['chromium', 'openssl']
/** npm run bench asks for it itself. */
const BENCH_TOOLS = ['wrk']
export const REGISTRY_TOOLS = [...Object.keys(DEBIAN), ...Object.keys(GO)].filter(
  (name) => !BENCH_TOOLS.includes(name),
)

const isThere = (name) =>
  [BIN, ...(process.env.PATH ?? '').split(':')].some((folder) =>
    (NAMES[name] ?? [name]).some((file) => existsSync(join(folder, file))),
  )
const quietly = (command, args, options = {}) => spawnSync(command, args, { encoding: 'utf8', ...options })
/** Whether a Go program in the cache was built from the version pinned here. */
function isPinned(name) {
  const path = join(BIN, name)
  if (!(name in GO) || !existsSync(path)) return true
  return quietly('go', ['version', '-m', path]).stdout.includes(GO[name].split('@')[1])
}
const isDebianRoot = () => process.getuid?.() === 0 && existsSync('/etc/debian_version')

function installDebian(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const update = quietly('apt-get', ['update', '-qq'], { env })
  const install = quietly('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    env,
  })
  if (install.status !== 0) process.stderr.write(`apt-get: ${update.stderr}${install.stderr}`)
}

/** Our own few lines around a module's package. */
function buildReferrersRegistry(target) {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-referrers-registry-'))
  const go = (...args) => quietly('go', args, { cwd: folder, env: { ...process.env, GOFLAGS: '-mod=mod' } })
  cpSync(join(import.meta.dirname, 'referrers-registry'), folder, { recursive: true })
  go('mod', 'init', 'tools.invalid/referrers-registry')
  go('mod', 'edit', `-require=${target}`)
  const built = go('build', '-o', join(BIN, 'referrers-registry'), '.')
  rmSync(folder, { recursive: true, force: true })
  return built
}

/** docker_auth's version file is made by its Makefile, so its module is copied and given one. */
function buildDockerAuth(target) {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-docker-auth-'))
  const go = (...args) => quietly('go', args, { cwd: folder, env: { ...process.env, GOFLAGS: '-mod=mod' } })
  const [path, version] = target.split('@')
  go('mod', 'init', 'tools.invalid/docker-auth')
  go('mod', 'edit', `-require=${target}`)
  // go list names the folder only of downloaded modules, and does not fail otherwise
  const downloaded = go('mod', 'download', '-json', target)
  if (downloaded.status !== 0) return downloaded
  const source = JSON.parse(downloaded.stdout).Dir
  cpSync(source, join(folder, 'source'), { recursive: true })
  quietly('chmod', ['-R', 'u+w', join(folder, 'source')])
  writeFileSync(
    join(folder, 'source', 'version.go'),
    `package main\n\nconst Version = "${version}"\nconst BuildId = "gantry"\n`,
  )
  go('mod', 'edit', `-replace=${path}=./source`)
  const built = go('build', '-o', join(BIN, 'auth_server'), path)
  rmSync(folder, { recursive: true, force: true })
  return built
}

/** What `go install` alone does not build. */
const BUILDERS = { auth_server: buildDockerAuth, 'referrers-registry': buildReferrersRegistry }

function buildGo(name) {
  mkdirSync(BIN, { recursive: true })
  const build = BUILDERS[name]
  const built =
    build !== undefined
      ? build(GO[name])
      : quietly('go', ['install', GO[name]], { env: { ...process.env, ...GO_ENV[name], GOBIN: BIN } })
  if (built.status !== 0)
    process.stderr.write(`go: ${name} cannot be built: ${built.stderr ?? built.error}\n`)
}

/** Installs the missing programs if possible; otherwise prints how to install them. */
export function ensure(names) {
  const missing = names.filter((name) => !isThere(name))
  const packages = missing.flatMap((name) => DEBIAN[name] ?? [])
  if (packages.length > 0 && isDebianRoot()) installDebian(packages)
  if (isThere('go'))
    for (const name of names) if (name in GO && (missing.includes(name) || !isPinned(name))) buildGo(name)
  for (const name of missing.filter((left) => !isThere(left))) {
    const how =
      name in GO
        ? `Go, then: ${name in BUILDERS ? `node .ci/ensure.mjs ${name}` : `go install ${GO[name]}`}`
        : `the Debian package ${DEBIAN[name]} (apt-get install ${DEBIAN[name]})`
    process.stdout.write(`missing: ${name}. Install ${how}\n`)
  }
}

export { isThere }
