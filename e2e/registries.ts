// The real programs Gantry is tried against: which, and how they start.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, listening, type Program, ROOT, start } from './processes.ts'
import { seed } from './seed.ts'
import { startTokenServer } from './token-servers.ts'
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
  /** Requests to the token server so far; 0 without one. */
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

export const DISTRIBUTIONS = ['distribution 2.8', 'distribution 3.1'] as const
export type DistributionName = (typeof DISTRIBUTIONS)[number]

/** The program of whatever has one of these in its name. */
export const programOf = (name: string) => (name.includes('3.1') ? 'registry' : 'docker-registry')

/**
 * Distribution 2.8 or 3.1, with its data in `folder/data`.
 *
 * @param auth  the `auth` part of its configuration, indented; undefined: no auth.
 */
export async function startDistribution(
  name: string,
  folder: string,
  auth: string | undefined,
  deleteEnabled = true,
): Promise<{ port: number; program: Program }> {
  const port = await freePort()
  mkdirSync(join(folder, 'data'), { recursive: true })
  const config = join(folder, 'registry.yml')
  writeFileSync(
    config,
    `version: 0.1
log: {level: warn}
storage: {filesystem: {rootdirectory: "${join(folder, 'data')}"}, delete: {enabled: ${deleteEnabled}}}
http: {addr: "127.0.0.1:${port}"}
${auth === undefined ? '' : `auth:\n${auth}\n`}`,
  )
  const program = start(tool(programOf(name)), ['serve', config], {
    OTEL_TRACES_EXPORTER: 'none',
  })
  await listening(port, program)
  return { port, program }
}

/** Gantry in front of a registry, as `host:port`. */
export async function startGantryBeside(registry: string, env: Record<string, string>): Promise<Gantry> {
  const port = await freePort()
  const program = start(process.execPath, [join(ROOT, 'dist/server/main.js')], {
    HOST: '127.0.0.1',
    PORT: String(port),
    REGISTRY_URL: `http://${registry}`,
    ...env,
  })
  await listening(port, program)
  return { origin: `http://127.0.0.1:${port}`, log: program.output, stop: program.stop }
}

/** Starts a registry with what guards it, and pushes images into it. Everything ends with `stop()`. */
export async function startStack(name: StackName): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-stack-'))
  const parts: { stop(): Promise<void> }[] = []
  async function stop(): Promise<void> {
    for (const part of parts.reverse()) await part.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const tokens = await startTokenServer(name, folder)
    parts.push(tokens)
    const { port, program } = await startDistribution(name, folder, tokens.registryAuth)
    parts.push(program)
    const registry = `127.0.0.1:${port}`
    await seed(registry, folder).catch((error) => {
      throw new Error(`${error}\n${program.output().slice(-2000)}`)
    })
    return {
      name,
      registry,
      async startGantry(env = {}) {
        const gantry = await startGantryBeside(registry, env)
        parts.push(gantry)
        return gantry
      },
      tokenRequests: tokens.requests,
      stopRegistry: program.stop,
      stopTokenServer: tokens.stop,
      stop,
    }
  } catch (error) {
    // clean up after a stack that failed to start
    await stop()
    throw error
  }
}

/** Placeholder for a stack whose programs are missing. */
export function absentStack(name: StackName): Stack {
  const nothing = async () => {}
  return {
    name,
    registry: 'absent.invalid',
    startGantry: async () => ({ origin: 'http://absent.invalid', log: () => '', stop: nothing }),
    tokenRequests: () => 0,
    stopRegistry: nothing,
    stopTokenServer: nothing,
    stop: nothing,
  }
}
