// Programs started for a test, and stopped whatever happens.

import { type ChildProcess, spawn } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

/** The checkout's root, from e2e/ and from dist/e2e/ alike. */
export const ROOT = fileURLToPath(
  new URL(import.meta.url.includes('/dist/e2e/') ? '../..' : '..', import.meta.url),
)

export interface Program {
  readonly pid: number
  /** All it has printed so far. */
  output(): string
  /** Waits for a line. Rejects with the output if the program ends or a minute passes. */
  printed(pattern: RegExp): Promise<RegExpExecArray>
  stop(): Promise<void>
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Generous: machines are shared. */
const START_MS = 60_000
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Starts a program with exactly this environment besides PATH. */
export function start(command: string, args: readonly string[], env: Record<string, string> = {}): Program {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  let ended = false
  running.add(child)
  child.stdout.on('data', (chunk) => (text += chunk))
  child.stderr.on('data', (chunk) => (text += chunk))
  child.on('error', (error) => {
    text += String(error)
    ended = true
  })
  const exit = new Promise<void>((resolve) =>
    child.once('close', () => {
      ended = true
      running.delete(child)
      resolve()
    }),
  )
  return {
    pid: child.pid ?? 0,
    output: () => text,
    async printed(pattern) {
      for (const deadline = Date.now() + START_MS; Date.now() < deadline && !ended; await pause(20)) {
        const match = pattern.exec(text)
        if (match !== null) return match
      }
      throw new Error(`${command} did not print ${pattern}:\n${text}`)
    },
    async stop() {
      child.kill('SIGTERM')
      const kill = setTimeout(() => child.kill('SIGKILL'), 5000)
      if (!ended) await exit
      clearTimeout(kill)
    },
  }
}

/** A free port. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Waits until something listens; rejects with the program's output after a minute. */
export async function listening(port: number, program: Program): Promise<void> {
  for (const deadline = Date.now() + START_MS; Date.now() < deadline; await pause(30)) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (open) return
  }
  throw new Error(`nothing listens on port ${port}:\n${program.output()}`)
}

/** Runs a program to its end and returns what it printed; rejects with that if it fails. */
export async function run(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [text, errors] = ['', '']
  child.stdout.on('data', (chunk) => (text += chunk))
  child.stderr.on('data', (chunk) => (errors += chunk))
  const code = await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject))
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${errors}${text}`)
  return text
}
