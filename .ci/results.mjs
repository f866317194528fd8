// Runs test programs, adds up their counts, and lists failed and skipped tests at the end: only the end of a log is
// kept.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

/** A name, and the first line of its message. */
function withReason(name, message) {
  const [reason] = stripVTControlCharacters(String(message ?? ''))
    .trim()
    .split('\n', 1)
  return reason === '' ? name : `${name}: ${reason.slice(0, 300)}`
}

function list(title, names) {
  if (names.length > 0) process.stdout.write(`\n${title}:\n${names.map((name) => `  ${name}`).join('\n')}\n`)
}

/** @returns what Vitest's JSON report counts, as `add` takes it. */
const readVitest = (project) => (report) => {
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults)
  const named = ({ fullName }) => `${project} › ${fullName}`
  const failed = tests.filter(({ status }) => status === 'failed')
  // a file that cannot be loaded has no failed tests, one whose hook throws only skipped ones
  const broken = report.testResults.filter(
    ({ status, message, assertionResults }) =>
      status === 'failed' && (message !== '' || !assertionResults.some((test) => test.status === 'failed')),
  )
  return {
    passed: report.numPassedTests,
    failed: [
      ...failed.map((test) => withReason(named(test), test.failureMessages[0])),
      ...broken.map(({ name, message }) =>
        withReason(`${project} › ${relative(process.cwd(), name)}`, message),
      ),
    ],
    skipped: tests.filter(({ status }) => !['passed', 'failed'].includes(status)).map(named),
  }
}

/** @returns what Playwright's JSON report counts, as `add` takes it. */
function readPlaywright({ stats, suites, errors }) {
  const failed = errors.map(({ message }) => withReason('playwright', message))
  const skipped = []
  const walk = ({ suites: inner = [], specs = [] }) => {
    inner.forEach(walk)
    for (const { title, tests } of specs)
      for (const { projectName, status, annotations, results } of tests) {
        const name = `${projectName} › ${title}`
        if (status === 'unexpected')
          failed.push(withReason(name, results.findLast(({ error }) => error !== undefined)?.error.message))
        else if (status === 'skipped')
          skipped.push(
            withReason(name, annotations.find(({ type }) => type === 'skip')?.description ?? 'did not run'),
          )
      }
  }
  suites.forEach(walk)
  return { passed: stats.expected, failed, skipped }
}

export function createResults() {
  const all = { passed: 0, failed: [], skipped: [] }

  /** Adds the number of passed tests, and the names of the others. */
  function add({ passed = 0, failed = [], skipped = [] }) {
    all.passed += passed
    all.failed.push(...failed)
    all.skipped.push(...skipped)
  }

  const fail = (name) => add({ failed: [name] })

  /** Runs a step that counts only if it fails: as one failure. */
  function step(command, args) {
    const { status } = spawnSync(command, args, { stdio: 'inherit' })
    if (status !== 0) fail([command, ...args].join(' '))
    return status === 0
  }

  /** Runs a program that writes JSON, which `read` makes `add`'s of. One that fails uncounted is one failure. */
  function suite(name, args, env, read) {
    const folder = mkdtempSync(join(tmpdir(), 'gantry-results-'))
    const file = join(folder, 'results.json')
    const { status } = spawnSync('npx', args(file), {
      stdio: 'inherit',
      env: { ...process.env, ...env(file) },
    })
    try {
      const counted = read(JSON.parse(readFileSync(file, 'utf8')))
      add(counted)
      if (status !== 0 && counted.failed.length === 0) fail(`${name}: ended with ${status}`)
    } catch {
      fail(`${name}: left no results`)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  return {
    add,
    fail,
    step,
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
    /** Everything so far, as `add` takes it. */
    all: () => all,
    /** Prints skipped and failed tests and the counts. Returns the exit code. */
    close() {
      const { passed, failed, skipped } = all
      list('skipped', skipped)
      list('failed', failed)
      process.stdout.write(`\n${passed} passed, ${failed.length} failed, ${skipped.length} skipped\n`)
      return failed.length > 0 || passed === 0 ? 1 : 0
    },
  }
}
