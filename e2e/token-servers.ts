// The token servers of the real registries, and each registry's configuration for its own.

import { writeFileSync } from 'node:fs'
import { createServer, request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { ACCOUNTS } from './accounts.ts'
import { startOauthServer } from './oauth-server.ts'
import { freePort, listening, run, start } from './processes.ts'
import { createSigningKey, type SigningKey } from './signing-key.ts'
import { tool } from './tools.ts'

const SERVICE = 'gantry tests'
const ISSUER = 'gantry test issuer'

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

/** A counting proxy in front of a token server: docker_auth has only its log. */
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
      (response) => {
        outgoing.writeHead(response.statusCode ?? 502, response.headers)
        response.pipe(outgoing)
      },
    )
    forwarded.on('error', () => outgoing.destroy())
    incoming.pipe(forwarded)
  }).listen(port, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return { requests: () => count, close: () => void server.close().closeAllConnections() }
}

/** For registries not configured through distribution's own configuration. */
export interface TokenGuard {
  readonly realm: string
  readonly service: string
  readonly certFile: string
}

/** What guards a registry: a token server, or nothing but the registry's own htpasswd file. */
export interface TokenServer {
  /** The `auth` part of the registry's configuration, indented. */
  readonly registryAuth: string
  /** Undefined where there is no token server. */
  readonly guard?: TokenGuard
  requests(): number
  stop(): Promise<void>
}

/**
 * Starts what guards the registry of a stack; its files go into `folder`.
 *
 * @param lifetimeSeconds  of the tokens of registry-oauth-server; see there.
 */
export async function startTokenServer(
  name: string,
  folder: string,
  lifetimeSeconds?: number,
): Promise<TokenServer> {
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
  // by name: crane rejects realms at private IP literals
  const jwks = name.includes('3.1') ? `\n    jwks: "${key.jwksFile}"` : ''
  const guard = { realm: `http://localhost:${port}/auth`, service: SERVICE, certFile: key.certFile }
  const registryAuth = `  token:\n    realm: "${guard.realm}"\n    service: "${SERVICE}"\n    issuer: "${ISSUER}"\n    rootcertbundle: "${key.certFile}"${jwks}`
  if (name.includes('registry-oauth-server')) {
    const server = await startOauthServer(port, ISSUER, key, lifetimeSeconds)
    return { registryAuth, guard, requests: server.requests, stop: server.close }
  }
  const inner = await freePort()
  writeFileSync(join(folder, 'docker_auth.yml'), await dockerAuthConfig(inner, key))
  const program = start(tool('auth_server'), ['--logtostderr', join(folder, 'docker_auth.yml')])
  await listening(inner, program)
  const counter = await startCounter(port, inner)
  return {
    registryAuth,
    guard,
    requests: counter.requests,
    async stop() {
      counter.close()
      await program.stop()
    },
  }
}
