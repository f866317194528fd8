import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['shared/**/*.test.ts', 'server/**/*.test.ts', 'client/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    // generous: machines are shared, and no test is a benchmark
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})
