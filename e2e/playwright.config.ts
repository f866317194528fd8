import { defineConfig } from '@playwright/test'
import { DELETABLE_REGISTRIES, type DeletableName } from './deletable-registries.ts'
import { OPEN_REGISTRIES, type OpenRegistryName } from './open-registries.ts'
import { DISTRIBUTIONS, type DistributionName, STACKS, type StackName } from './registries.ts'
import { CHROMIUM, CHROMIUM_ARGS } from './tools.ts'

/** Suites that need registries, token servers and clients from outside of npm. */
const REAL =
  /(?:registries|clients|artifacts|zero-values|deployment|replicas|registry-deletions(?:-bulk)?)\.spec\.ts$/

export default defineConfig<
  object,
  {
    stackName: StackName
    distributionName: DistributionName
    openName: OpenRegistryName
    deletableName: DeletableName
  }
>({
  testDir: '.',
  outputDir: '../test-results',
  fullyParallel: false,
  workers: 2,
  forbidOnly: true,
  // generous: machines are shared, and axe is slow
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter:
    process.env.RESULTS === undefined ? 'list' : [['list'], ['json', { outputFile: process.env.RESULTS }]],
  use: {
    launchOptions: { ...(CHROMIUM !== undefined && { executablePath: CHROMIUM }), args: CHROMIUM_ARGS },
    viewport: { width: 1280, height: 800 },
    // three times as slow with it: look into a failure with --trace retain-on-failure
    trace: 'off',
  },
  projects: [
    { name: 'demo', testMatch: /\.spec\.ts$/, testIgnore: REAL },
    { name: 'clients', testMatch: /clients\.spec\.ts$/ },
    { name: 'deployment', testMatch: /deployment\.spec\.ts$/ },
    { name: 'replicas', testMatch: /replicas\.spec\.ts$/ },
    ...OPEN_REGISTRIES.map((name) => ({
      name: `artifacts on ${name}`,
      testMatch: /artifacts\.spec\.ts$/,
      use: { openName: name },
    })),
    ...DISTRIBUTIONS.map((name) => ({
      name: `zero values on ${name}`,
      testMatch: /zero-values\.spec\.ts$/,
      use: { distributionName: name },
    })),
    ...DELETABLE_REGISTRIES.map((name) => ({
      name: `deletions on ${name}`,
      testMatch: /registry-deletions(?:-bulk)?\.spec\.ts$/,
      use: { deletableName: name },
    })),
    ...STACKS.map((name) => ({ name, testMatch: /registries\.spec\.ts$/, use: { stackName: name } })),
  ],
})
