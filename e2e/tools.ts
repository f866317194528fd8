// Which programs the suites against real servers use, and where they are. `.ci/tools.mjs` installs them.

import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'gantry-tools', 'bin')

/**
 * Names a program may have, best first; the same as in .ci/tools.mjs. The shell is the same browser without windows
 * and menus, whose own pages cost more than those that are tested.
 */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  chromium: ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'],
}

/** Where a tool is: built into the cache, or on the PATH; undefined if it is missing. */
export function findTool(name: string): string | undefined {
  const folders = [CACHE, ...(process.env.PATH ?? '').split(':')]
  return (NAMES[name] ?? [name])
    .flatMap((file) => folders.map((folder) => join(folder, file)))
    .find((path) => existsSync(path))
}

/** Like findTool; throws for a suite that has checked before. */
export function tool(name: string): string {
  const path = findTool(name)
  if (path === undefined) throw new Error(`${name} is not installed`)
  return path
}

export const CHROMIUM = process.env.CHROMIUM ?? findTool('chromium')

/** Chromium has no sandbox as root; the rest disables its background requests. */
export const CHROMIUM_ARGS = [
  '--headless',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]
