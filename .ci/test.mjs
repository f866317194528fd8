// npm test: everything that needs npm's packages and a browser only. Installs both where it can.

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import './install.mjs'
import { lintDocker } from './lint-docker.mjs'
import { createResults } from './results.mjs'
import { BROWSER_TOOLS, ensure, isThere, LINT_TOOLS } from './tools.mjs'

const results = createResults()
ensure([...BROWSER_TOOLS, ...LINT_TOOLS])
results.step('npm', ['run', '--silent', 'lint'])
lintDocker(results)
results.step('npm', ['run', '--silent', 'types'])
results.vitest('unit')
results.vitest('faults')
if (results.step('npm', ['run', '--silent', 'build'])) {
  const hasBrowser = process.env.CHROMIUM !== undefined || isThere('chromium')
  if (hasBrowser) results.playwright('--project', 'demo')
  else {
    const listed = spawnSync(
      'npx',
      ['playwright', 'test', '-c', 'e2e/playwright.config.ts', '--project', 'demo', '--list'],
      { encoding: 'utf8' },
    )
    const names = listed.stdout
      .split('\n')
      .filter((line) => line.includes(' › ') && !line.includes('imports.spec.ts'))
    results.add({ skipped: names.map((name) => `${name.trim()}: needs Chromium`) })
    results.playwright('imports', '--project', 'demo')
  }
}
// for .ci/run, which adds its own
if (process.env.SUMMARY !== undefined) writeFileSync(process.env.SUMMARY, JSON.stringify(results.all()))
process.exit(results.close())
