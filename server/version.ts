// The version of this Gantry, from its package.json.

import { readFileSync } from 'node:fs'

/** Lies two folders up from dist/server, one from server/. */
function readVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'))
      if (name === 'gantry') return String(version)
    } catch {
      // the other one
    }
  }
  return 'unknown'
}

export const VERSION = readVersion()
