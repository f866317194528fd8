// Before the fault matrix: the tests that start Gantry as a process run what is written here.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const MAIN = join(ROOT, 'dist/server/main.js')

/** Called by Vitest. */
export function setup(): void {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
  const { stdout } = spawnSync(process.execPath, [compiler, '-b', 'server'], { cwd: ROOT, encoding: 'utf8' })
  if (!existsSync(MAIN)) throw new Error(`not built: ${stdout}`)
}
