// Runs test programs and adds up what they counted.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

/** A test's name, and the first line of what it said. */
const withReason = (name, message = '') =>
  `${name}: ${stripVTControlCharacters(message).trim().split('\n', 1)[0].slice(0, 300)}`

function list(title, names) {
  if (names.length > 0) process.stdout.write(`\n${title}:\n${names.map((name) => `  ${name}`).join('\n')}\n`)
}

export function createResults() {
  const totals = { passed: 0, failed: 0, skipped: 0 }
  const skips = []
  /** Said again at the end, with the first line of why: the end of a log is what is kept of it. */
  const failures = []
  /** Browser tests that needed a second try: a race, in the test or in the page. */
  const flaky = []

  /** Runs a step that counts as one failure if it fails, and as nothing otherwise. */
  function step(command, args) {
    const { status } = spawnSync(command, args, { stdio: 'inherit' })
    if (status !== 0) fail([command, ...args].join(' '))
    return status === 0
  }

  /** One failure more, of what counts none itself. */
  function fail(name) {
    totals.failed++
    failures.push(name)
  }

  function add({ passed, failed, skipped }, skippedNames = [], failedNames = [], flakyNames = []) {
    totals.passed += passed
    totals.failed += failed
    totals.skipped += skipped
    skips.push(...skippedNames)
    failures.push(...failedNames)
    flaky.push(...flakyNames)
  }

  /** Runs a program that writes JSON; `read` makes counts of it. A program that fails uncounted is one failure. */
  function suite(name, args, env, read) {
    const folder = mkdtempSync(join(tmpdir(), 'gantry-results-'))
    const file = join(folder, 'results.json')
    const { status } = spawnSync('npx', args(file), {
      stdio: 'inherit',
      env: { ...process.env, ...env(file) },
    })
    try {
      const { counts, skipped, failed, flaky } = read(JSON.parse(readFileSync(file, 'utf8')))
      add(counts, skipped, failed, flaky)
      if (status !== 0 && counts.failed === 0) fail(`${name}: ended with ${status}`)
    } catch {
      fail(`${name}: left no results`)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  const readVitest = (project) => (report) => {
    const all = report.testResults.flatMap(({ assertionResults }) => assertionResults)
    const named = ({ fullName }) => `${project} › ${fullName}`
    return {
      counts: {
        passed: report.numPassedTests,
        failed: report.numFailedTests,
        skipped: report.numPendingTests + report.numTodoTests,
      },
      skipped: all.filter(({ status }) => !['passed', 'failed'].includes(status)).map(named),
      failed: [
        ...all
          .filter(({ status }) => status === 'failed')
          .map((test) => withReason(named(test), test.failureMessages[0])),
        // a file that could not be loaded has no tests to name
        ...report.testResults
          .filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0)
          .map(({ name, message }) => withReason(`${project} › ${basename(name)}`, message)),
      ],
    }
  }

  function readPlaywright({ stats, suites }) {
    const skipped = []
    const failed = []
    const flakyNames = []
    const walk = ({ suites: inner = [], specs = [] }) => {
      inner.forEach(walk)
      for (const { title, tests } of specs)
        for (const { projectName, status, annotations, results } of tests) {
          const name = `${projectName} › ${title}`
          if (status === 'flaky') flakyNames.push(name)
          else if (status === 'unexpected') failed.push(withReason(name, results.at(-1)?.error?.message))
          else if (status === 'skipped')
            skipped.push(
              `${name}: ${annotations.find(({ type }) => type === 'skip')?.description ?? 'did not run'}`,
            )
        }
    }
    suites.forEach(walk)
    return {
      counts: { passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped },
      skipped,
      failed,
      flaky: flakyNames,
    }
  }

  return {
    step,
    add,
    vitest: (project) =>
      suite(
        `vitest ${project}`,
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
        'playwright',
        () => ['playwright', 'test', '-c', 'e2e/playwright.config.ts', ...args],
        (file) => ({ RESULTS: file }),
        readPlaywright,
      ),
    fail,
    /** Everything so far, as `add` takes it in another program. */
    summary: () => ({ totals, skips, failures, flaky }),
    /** Says what was skipped and why, what failed, and closes with the line of counts. Returns the exit code. */
    close() {
      list('skipped', skips)
      list('passed at the second try only', flaky)
      list('failed', failures)
      process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`)
      return totals.failed > 0 || totals.passed === 0 ? 1 : 0
    },
  }
}
