// Gantry as a process of its own, as it is deployed.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { MAIN } from './build-server.ts'
import { closeAfterTest } from './world.ts'

const HOST = '127.0.0.1'

export interface GantryProcess {
  readonly port: number
  readonly child: ChildProcess
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
}

/** Whether the port accepts a new connection. */
export async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, HOST)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** Starts Gantry before a registry, on any free port; resolves when it listens. */
export async function startGantry(
  registryOrigin: string,
  env: Record<string, string>,
  main = MAIN,
): Promise<GantryProcess> {
  const settings = { HOST, PORT: '0', REGISTRY_URL: registryOrigin, LOG_LEVEL: 'info', ...env }
  const child = spawn(process.execPath, [main], { env: settings, stdio: ['ignore', 'pipe', 'ignore'] })
  closeAfterTest(() => child.kill('SIGKILL'))
  const ended = once(child, 'exit').then(([code, signal]) => code ?? signal)
  let log = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    log += chunk
    const port = /listening at http:\/\/127\.0\.0\.1:(\d+)/.exec(log)?.[1]
    if (port === undefined) continue
    child.stdout.resume()
    return { port: Number(port), child, ended }
  }
  throw new Error(`Gantry does not listen:\n${log}`)
}
