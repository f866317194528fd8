// The real programs Gantry is tried against: which, and how they start.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ACCOUNTS } from './accounts.ts'
import { startOauthServer } from './oauth-server.ts'
import { freePort, listening, type Program, ROOT, run, start } from './processes.ts'
import { seed } from './seed.ts'
import { createSigningKey, type SigningKey } from './signing-key.ts'
import { findTool, tool } from './tools.ts'

export const STACKS = [
  'distribution 2.8 + docker_auth',
  'distribution 3.1 + docker_auth',
  'distribution 2.8 + registry-oauth-server',
  'distribution 2.8 + htpasswd',
] as const
export type StackName = (typeof STACKS)[number]

export interface Stack {
  readonly name: StackName
  /** `127.0.0.1:5000`: the registry as clients name it. */
  readonly registry: string
  /** Starts a Gantry beside it; stopped with the stack. */
  startGantry(env?: Record<string, string>): Promise<Gantry>
  /** Requests that the token server has got so far; 0 where there is none. */
  tokenRequests(): number
  stopRegistry(): Promise<void>
  stopTokenServer(): Promise<void>
  stop(): Promise<void>
}

export interface Gantry {
  readonly origin: string
  log(): string
  stop(): Promise<void>
}

const SERVICE = 'gantry tests'
const ISSUER = 'gantry test issuer'

/** The tools a stack needs that are missing here. */
export function missingTools(name: StackName): string[] {
  const needed = [
    'chromium',
    'openssl',
    'skopeo',
    'umoci',
    'crane',
    name.includes('3.1') ? 'registry' : 'docker-registry',
  ]
  if (name.includes('docker_auth')) needed.push('auth_server', 'htpasswd')
  if (name.includes('htpasswd')) needed.push('htpasswd')
  return needed.filter((program) => findTool(program) === undefined)
}

async function bcrypt(user: string, password: string): Promise<string> {
  return (await run('htpasswd', ['-nbB', user, password])).trim()
}

async function dockerAuthConfig(port: number, key: SigningKey): Promise<string> {
  const users = await Promise.all(
    Object.entries(ACCOUNTS).map(
      async ([name, { password }]) =>
        `  ${name}: {password: "${(await bcrypt(name, password)).split(':')[1]}"}`,
    ),
  )
  const rules = Object.entries(ACCOUNTS).flatMap(([name, { reads, catalog }]) => [
    ...(name === 'admin'
      ? [`  - {match: {account: admin}, actions: ["*"]}`]
      : reads.map(
          (glob) => `  - {match: {account: ${name}, type: repository, name: "${glob}"}, actions: [pull]}`,
        )),
    ...(catalog ? [`  - {match: {account: ${name}, type: registry, name: catalog}, actions: ["*"]}`] : []),
  ])
  return `server: {addr: "127.0.0.1:${port}"}
token: {issuer: "${ISSUER}", expiration: 900, certificate: "${key.certFile}", key: "${key.keyFile}"}
users:
${users.join('\n')}
acl:
${rules.join('\n')}
`
}

/** Stands before a token server and counts: docker_auth itself tells only its log. */
async function startCounter(port: number, target: number): Promise<{ requests(): number; close(): void }> {
  let count = 0
  const server = createServer((incoming, outgoing) => {
    count++
    const forwarded = httpRequest(
      {
        host: '127.0.0.1',
        port: target,
        path: incoming.url,
        method: incoming.method,
        headers: incoming.headers,
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      },
    )
    forwarded.on('error', () => outgoing.destroy())
    incoming.pipe(forwarded)
  }).listen(port, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return { requests: () => count, close: () => void server.close().closeAllConnections() }
}

interface TokenServer {
  readonly registryAuth: string
  requests(): number
  stop(): Promise<void>
}

async function startTokenServer(name: StackName, folder: string): Promise<TokenServer> {
  if (name.includes('htpasswd')) {
    const lines = await Promise.all(
      Object.entries(ACCOUNTS).map(([user, { password }]) => bcrypt(user, password)),
    )
    writeFileSync(join(folder, 'htpasswd'), `${lines.join('\n')}\n`)
    return {
      registryAuth: `  htpasswd: {realm: basic, path: "${join(folder, 'htpasswd')}"}`,
      requests: () => 0,
      stop: async () => {},
    }
  }
  const key = await createSigningKey(folder)
  const port = await freePort()
  // by name: crane refuses realms at private IP literals
  const jwks = name.includes('3.1') ? `\n    jwks: "${key.jwksFile}"` : ''
  const registryAuth = `  token:\n    realm: "http://localhost:${port}/auth"\n    service: "${SERVICE}"\n    issuer: "${ISSUER}"\n    rootcertbundle: "${key.certFile}"${jwks}`
  if (name.includes('registry-oauth-server')) {
    const server = await startOauthServer(port, ISSUER, key)
    return { registryAuth, requests: server.requests, stop: server.close }
  }
  const inner = await freePort()
  writeFileSync(join(folder, 'docker_auth.yml'), await dockerAuthConfig(inner, key))
  const program = start(tool('auth_server'), ['--logtostderr', join(folder, 'docker_auth.yml')])
  await listening(inner, program)
  const counter = await startCounter(port, inner)
  return {
    registryAuth,
    requests: counter.requests,
    async stop() {
      counter.close()
      await program.stop()
    },
  }
}

async function startRegistry(
  name: StackName,
  folder: string,
  auth: string,
): Promise<{ port: number; program: Program }> {
  const port = await freePort()
  mkdirSync(join(folder, 'data'))
  const config = join(folder, 'registry.yml')
  writeFileSync(
    config,
    `version: 0.1
log: {level: warn}
storage: {filesystem: {rootdirectory: "${join(folder, 'data')}"}, delete: {enabled: true}}
http: {addr: "127.0.0.1:${port}"}
auth:
${auth}
`,
  )
  const program = start(tool(name.includes('3.1') ? 'registry' : 'docker-registry'), ['serve', config], {
    OTEL_TRACES_EXPORTER: 'none',
  })
  await listening(port, program)
  return { port, program }
}

/** Starts a registry with what guards it, and pushes images into it. Everything ends with `stop()`. */
export async function startStack(name: StackName): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-stack-'))
  const tokens = await startTokenServer(name, folder)
  const { port, program } = await startRegistry(name, folder, tokens.registryAuth)
  const registry = `127.0.0.1:${port}`
  const gantries: Program[] = []
  try {
    await seed(registry, folder)
  } catch (error) {
    throw new Error(`${error}\n${program.output().slice(-2000)}`)
  }
  return {
    name,
    registry,
    async startGantry(env = {}) {
      const own = await freePort()
      const gantry = start(process.execPath, [join(ROOT, 'dist/server/main.js')], {
        HOST: '127.0.0.1',
        PORT: String(own),
        REGISTRY_URL: `http://${registry}`,
        ...env,
      })
      gantries.push(gantry)
      await listening(own, gantry)
      return { origin: `http://127.0.0.1:${own}`, log: gantry.output, stop: gantry.stop }
    },
    tokenRequests: tokens.requests,
    stopRegistry: program.stop,
    stopTokenServer: tokens.stop,
    async stop() {
      await Promise.all(gantries.map((gantry) => gantry.stop()))
      await program.stop()
      await tokens.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
