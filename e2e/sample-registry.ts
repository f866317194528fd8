// The sample registry and Gantry as it is shipped, each a process: the registry's requests can be counted, its
// faults scripted, and either of them stopped and started again.

import { join } from 'node:path'
import { freePort, listening, type Program, ROOT, start } from './processes.ts'

/** `{"kind": "respond", "status": 429, …}`: see server/testing/faults.ts. */
export interface ScriptedFault {
  /** A pattern for the URL, as text. */
  readonly match: string
  readonly times?: number
  readonly fault: { readonly kind: string; readonly [option: string]: unknown }
}

export interface Asked {
  readonly method: string
  readonly url: string
}

/** A program that can be stopped and started again at the same port. */
interface Restartable {
  start(): Promise<void>
  stop(): Promise<void>
}

export interface SampleRegistry extends Restartable {
  /** `http://127.0.0.1:5000` */
  readonly origin: string
  /** Requests to it and its token server since `forget()`. */
  asked(): Promise<{ readonly registry: readonly Asked[]; readonly tokens: readonly Asked[] }>
  forget(): Promise<void>
  script(fault: ScriptedFault): Promise<void>
  /** Ends all faults. */
  mend(): Promise<void>
}

export interface Gantry extends Restartable {
  readonly port: number
  log(): string
}

async function createProgram(port: number, script: string, env: Record<string, string>) {
  let program: Program | undefined
  return {
    async start() {
      program = start(process.execPath, [join(ROOT, script)], env)
      await listening(port, program)
    },
    stop: async () => program?.stop(),
    log: () => program?.output() ?? '',
  }
}

/** @param open  `/v2/` is open to everybody, guests may read public/*, and it takes names and passwords itself. */
export async function startSampleRegistry(open = false): Promise<SampleRegistry> {
  const [port, tokenPort, controlPort] = [await freePort(), await freePort(), await freePort()]
  // the control listens last
  const program = await createProgram(controlPort, 'dist/server/testing/registry/sample-registry-main.js', {
    REGISTRY_PORT: String(port),
    TOKEN_PORT: String(tokenPort),
    CONTROL_PORT: String(controlPort),
    OPEN: String(open),
  })
  async function control(method: string, path: string, body?: object): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${controlPort}${path}`, {
      method,
      body: body === undefined ? null : JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
    return response.text()
  }
  await program.start()
  return {
    ...program,
    origin: `http://127.0.0.1:${port}`,
    asked: async () => JSON.parse(await control('GET', '/requests')),
    forget: async () => void (await control('DELETE', '/requests')),
    script: async (fault) => void (await control('POST', '/faults', fault)),
    mend: async () => void (await control('DELETE', '/faults')),
  }
}

export async function startGantry(registry: string, env: Record<string, string> = {}): Promise<Gantry> {
  const port = await freePort()
  const program = await createProgram(port, 'dist/server/main.js', {
    HOST: '127.0.0.1',
    PORT: String(port),
    REGISTRY_URL: registry,
    REGISTRY_ALLOW_DELETE: 'true',
    SESSION_SECRET: 'the-secret-of-the-browser-tests-0123456789',
    LOG_LEVEL: 'trace',
    ...env,
  })
  await program.start()
  return { ...program, port }
}
