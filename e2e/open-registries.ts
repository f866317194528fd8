// Registries without a login, for what is about their contents: some with the referrers API and one without.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, listening, type Program, start } from './processes.ts'
import { startGantryBeside } from './registries.ts'
import { type SeededArtifacts, seedArtifacts } from './seed-artifacts.ts'
import { findTool, tool } from './tools.ts'

export const OPEN_REGISTRIES = ['distribution 3.1', 'go-containerregistry', 'zot'] as const
export type OpenRegistryName = (typeof OPEN_REGISTRIES)[number]

export interface OpenRegistry {
  /** `127.0.0.1:5000`. */
  readonly registry: string
  /** Where Gantry is. */
  readonly origin: string
  /** For what clients download; gone with the registry. */
  readonly folder: string
  readonly seeded: SeededArtifacts
  stop(): Promise<void>
}

const PROGRAM = {
  'distribution 3.1': 'registry',
  'go-containerregistry': 'referrers-registry',
  zot: 'zot',
} as const

/** The programs that are needed and missing here. */
export function missingOpenTools(name: OpenRegistryName): string[] {
  return ['chromium', 'skopeo', 'umoci', 'crane', 'oras', 'helm', PROGRAM[name]].filter(
    (program) => findTool(program) === undefined,
  )
}

function startProgram(name: OpenRegistryName, folder: string, port: number): Program {
  if (name === 'go-containerregistry') return start(tool(PROGRAM[name]), [`127.0.0.1:${port}`])
  const data = join(folder, 'data')
  mkdirSync(data)
  const config = join(folder, 'registry-config')
  if (name === 'zot') {
    const http = { address: '127.0.0.1', port: String(port) }
    writeFileSync(config, JSON.stringify({ storage: { rootDirectory: data }, http, log: { level: 'error' } }))
    return start(tool('zot'), ['serve', config])
  }
  writeFileSync(
    config,
    `version: 0.1
log: {level: warn}
storage: {filesystem: {rootdirectory: "${data}"}}
http: {addr: "127.0.0.1:${port}"}
`,
  )
  return start(tool('registry'), ['serve', config], { OTEL_TRACES_EXPORTER: 'none' })
}

/** Starts a registry, pushes artifacts of every kind with the tools that make them, and starts Gantry beside it. */
export async function startOpenRegistry(name: OpenRegistryName): Promise<OpenRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-artifacts-'))
  const parts: { stop(): Promise<void> }[] = []
  async function stop(): Promise<void> {
    for (const part of parts.reverse()) await part.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const port = await freePort()
    const program = startProgram(name, folder, port)
    parts.push(program)
    await listening(port, program)
    const registry = `127.0.0.1:${port}`
    const seeded = await seedArtifacts(registry, folder)
    const gantry = await startGantryBeside(registry, { REGISTRY_AUTH_TYPE: 'none' })
    parts.push(gantry)
    return { registry, origin: gantry.origin, folder, seeded, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
