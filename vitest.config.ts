import { defineConfig } from 'vitest/config'

/** Generous: machines are shared, and no test is a benchmark. */
const times = { testTimeout: 20_000, hookTimeout: 30_000, expect: { poll: { timeout: 5_000 } } }

/**
 * Node from 25 on brings a `localStorage` of its own, which stands in the way of the one of the tests' document: off.
 * Older ones do not know the option.
 */
const execArgv = process.allowedNodeEnvironmentFlags.has('--webstorage') ? ['--no-webstorage'] : []

export default defineConfig({
  test: {
    // Vitest leaves one processor free, which of two is half of them
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['shared/**/*.test.ts', 'server/**/*.test.ts', 'client/**/*.test.{ts,tsx}'],
          exclude: ['server/faults/**'],
          restoreMocks: true,
          execArgv,
          ...times,
        },
      },
      {
        // the fault matrix: a test for each row, on a registry and a token server that misbehave as scripted
        test: {
          name: 'faults',
          include: ['server/faults/**/*.test.ts'],
          globalSetup: ['server/testing/build-server.ts'],
          restoreMocks: true,
          ...times,
        },
      },
    ],
  },
})
