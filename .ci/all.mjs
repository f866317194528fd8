// All tests: npm test, then the suites against real registries, token servers and clients.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createResults } from './results.mjs'
import { ensure, REGISTRY_TOOLS } from './tools.mjs'

const results = createResults()
const folder = mkdtempSync(join(tmpdir(), 'gantry-ci-'))
const summary = join(folder, 'summary.json')
const { status } = spawnSync('npm', ['test', '--silent'], {
  stdio: 'inherit',
  env: { ...process.env, SUMMARY: summary },
})
try {
  const counted = JSON.parse(readFileSync(summary, 'utf8'))
  results.add(counted)
  if (status !== 0 && counted.failed.length === 0) results.fail(`npm test: ended with ${status}`)
} catch {
  results.fail('npm test: left no results')
}
rmSync(folder, { recursive: true, force: true })

ensure(REGISTRY_TOOLS)
results.playwright(
  '--project',
  'clients',
  '--project',
  'deployment',
  '--project',
  'replicas',
  '--project',
  'distribution*',
  '--project',
  'artifacts*',
  '--project',
  'deletions*',
  '--project',
  'zero values*',
)
process.exit(results.close())
