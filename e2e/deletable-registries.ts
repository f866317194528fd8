// Registries that delete, each behind a real token server, with Gantry in front and crane beside it.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistryStorage, type RegistryStorage } from './bench/storage.ts'
import { freePort, listening, type Program, run, start } from './processes.ts'
import { startDistribution, startGantryBeside } from './registries.ts'
import { startRelay } from './relay.ts'
import { writeDockerConfig } from './seed.ts'
import { startTokenServer, type TokenGuard } from './token-servers.ts'
import { findTool, tool } from './tools.ts'

export const DELETABLE_REGISTRIES = ['distribution 2.8', 'distribution 3.1', 'zot'] as const
export type DeletableName = (typeof DELETABLE_REGISTRIES)[number]

export interface DeletableRegistry {
  /** `127.0.0.1:5000`. */
  readonly registry: string
  /** Where Gantry is. */
  readonly origin: string
  /** What Gantry has logged so far. */
  log(): string
  /** Runs crane as the admin. @param args  `{}` is replaced by the registry's address. */
  crane(...args: string[]): Promise<string>
  /** Requests that the token server has got so far. */
  tokenRequests(): number
  stop(): Promise<void>
}

export interface DeletableOptions {
  /** Default true. Zot has no such switch. */
  readonly deleteEnabled?: boolean
  /** Lifetime of tokens from a server that behaves like registry-oauth-server; default: docker_auth. */
  readonly lifetimeSeconds?: number
  /** A proxy between Gantry and the registry responds with this status to each HEAD of a manifest. */
  readonly headStatus?: number
  /** Writes what is there before the registry starts, into distribution's storage. */
  fill?(storage: RegistryStorage): void
}

const PROGRAM = { 'distribution 2.8': 'docker-registry', 'distribution 3.1': 'registry', zot: 'zot' } as const

/** The programs that are needed and missing here. */
export function missingDeletionTools(name: DeletableName): string[] {
  const needed = ['openssl', 'crane', 'auth_server', 'htpasswd', PROGRAM[name]]
  return needed.filter((program) => findTool(program) === undefined)
}

async function startZot(folder: string, guard: TokenGuard): Promise<{ port: number; program: Program }> {
  const port = await freePort()
  const config = join(folder, 'zot.json')
  const bearer = { realm: guard.realm, service: guard.service, cert: guard.certFile }
  const http = { address: '127.0.0.1', port: String(port), auth: { bearer } }
  const storage = { rootDirectory: join(folder, 'data') }
  writeFileSync(config, JSON.stringify({ storage, http, log: { level: 'error' } }))
  const program = start(tool('zot'), ['serve', config])
  await listening(port, program)
  return { port, program }
}

/** Everything ends with `stop()`. */
export async function startDeletable(
  name: DeletableName,
  { deleteEnabled = true, lifetimeSeconds, headStatus, fill }: DeletableOptions = {},
): Promise<DeletableRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-deletions-'))
  const parts: { stop(): Promise<void> }[] = []
  /** The port at which Gantry finds the registry. */
  async function inFrontOf(port: number): Promise<number> {
    if (headStatus === undefined) return port
    const isHead = (method: string, url: string) => method === 'HEAD' && url.includes('/manifests/')
    const relay = await startRelay(() => port, {
      refuse: (method, url) => (isHead(method, url) ? headStatus : undefined),
    })
    parts.push({ stop: relay.close })
    return relay.port
  }
  async function stop(): Promise<void> {
    for (const part of parts.reverse()) await part.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    fill?.(createRegistryStorage(join(folder, 'data')))
    const server = lifetimeSeconds === undefined ? 'docker_auth' : 'registry-oauth-server'
    const tokens = await startTokenServer(`${name} + ${server}`, folder, lifetimeSeconds)
    parts.push(tokens)
    const { port, program } =
      name === 'zot' && tokens.guard !== undefined
        ? await startZot(folder, tokens.guard)
        : await startDistribution(name, folder, tokens.registryAuth, deleteEnabled)
    parts.push(program)
    const registry = `127.0.0.1:${port}`
    const env = { DOCKER_CONFIG: writeDockerConfig(folder, registry) }
    const upstream = `127.0.0.1:${await inFrontOf(port)}`
    const gantry = await startGantryBeside(upstream, { REGISTRY_ALLOW_DELETE: 'true' })
    parts.push(gantry)
    return {
      registry,
      origin: gantry.origin,
      log: gantry.log,
      crane: (...args) =>
        run(tool('crane'), [...args.map((arg) => arg.replace('{}', registry)), '--insecure'], env),
      tokenRequests: tokens.requests,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
