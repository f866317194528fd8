// Makes node_modules match package-lock.json; silent on success. Plain Node: it runs before
// anything is installed.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const MARK = 'node_modules/.gantry-lock'
const lock = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex')

if (!existsSync(MARK) || readFileSync(MARK, 'utf8') !== lock) {
  const quiet = ['--loglevel=error', '--no-fund', '--no-audit', '--no-update-notifier']
  const { status, stdout, stderr } = spawnSync('npm', ['ci', ...quiet], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status !== 0) {
    process.stderr.write(`npm ci failed:\n${stdout}${stderr}`)
    process.exit(1)
  }
  writeFileSync(MARK, lock)
}
