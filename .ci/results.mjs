// Runs test programs and adds up what they counted.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export function createResults() {
  const totals = { passed: 0, failed: 0, skipped: 0 }
  const skips = []
  /** Browser tests that needed a second try: a race, in the test or in the page. */
  const flaky = []

  /** Runs a step that counts as one failure if it fails, and as nothing otherwise. */
  function step(command, args) {
    const { status } = spawnSync(command, args, { stdio: 'inherit' })
    if (status !== 0) totals.failed++
    return status === 0
  }

  function add({ passed, failed, skipped }, names = []) {
    totals.passed += passed
    totals.failed += failed
    totals.skipped += skipped
    skips.push(...names)
  }

  /** Runs a program that writes JSON; `read` makes counts of it. A program that fails uncounted is one failure. */
  function suite(command, args, env, read) {
    const folder = mkdtempSync(join(tmpdir(), 'gantry-results-'))
    const file = join(folder, 'results.json')
    const { status } = spawnSync(command, args(file), {
      stdio: 'inherit',
      env: { ...process.env, ...env(file) },
    })
    try {
      const { counts, names } = read(JSON.parse(readFileSync(file, 'utf8')))
      add(counts, names)
      if (status !== 0 && counts.failed === 0) totals.failed++
    } catch {
      totals.failed++
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  const readVitest = (project) => (report) => ({
    counts: {
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
    },
    names: report.testResults.flatMap(({ assertionResults }) =>
      assertionResults.flatMap(({ status, fullName }) =>
        ['passed', 'failed'].includes(status) ? [] : [`${project} › ${fullName}`],
      ),
    ),
  })
  function readPlaywright({ stats, suites }) {
    const names = []
    const walk = ({ suites: inner = [], specs = [] }) => {
      inner.forEach(walk)
      for (const { title, tests } of specs)
        for (const { projectName, status, annotations } of tests)
          if (status === 'flaky') flaky.push(`${projectName} › ${title}`)
          else if (status === 'skipped')
            names.push(
              `${projectName} › ${title}: ${annotations.find(({ type }) => type === 'skip')?.description ?? 'did not run'}`,
            )
    }
    suites.forEach(walk)
    return {
      counts: { passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped },
      names,
    }
  }

  return {
    step,
    add,
    vitest: (project) =>
      suite(
        'npx',
        (file) => [
          'vitest',
          'run',
          '--project',
          project,
          '--reporter=default',
          '--reporter=json',
          `--outputFile.json=${file}`,
        ],
        () => ({}),
        readVitest(project),
      ),
    playwright: (...args) =>
      suite(
        'npx',
        () => ['playwright', 'test', '-c', 'e2e/playwright.config.ts', ...args],
        (file) => ({ RESULTS: file }),
        readPlaywright,
      ),
    totals,
    skips,
    /** Says what was skipped and why, and closes with the line of counts. Returns the exit code. */
    close() {
      if (skips.length > 0)
        process.stdout.write(`\nskipped:\n${skips.map((name) => `  ${name}`).join('\n')}\n`)
      if (flaky.length > 0)
        process.stdout.write(
          `\npassed at the second try only:\n${flaky.map((name) => `  ${name}`).join('\n')}\n`,
        )
      process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`)
      return totals.failed > 0 || totals.passed === 0 ? 1 : 0
    },
  }
}
