import { expect, test } from 'vitest'
import type { ImageConfig } from '../../../shared/oci/image-config.ts'
import { configPlatform, healthCheckInWords } from './runtime-settings.ts'

test.each([
  [undefined, undefined],
  [{}, undefined],
  [{ Test: [] }, undefined],
  [{ Test: ['NONE'] }, 'switched off'],
  [
    { Test: ['CMD', '/app/api', 'a b'], Interval: 30e9, Retries: 3 },
    "/app/api 'a b' · every 30 s · 3 retries",
  ],
  [
    { Test: ['CMD-SHELL', 'curl -f x || exit 1'], Timeout: 1.5e9, StartPeriod: 120e9, Retries: 1 },
    'curl -f x || exit 1 · timeout 1.5 s · starts within 2 min · 1 retry',
  ],
  [
    { Test: ['/bin/true'], Interval: -5, Timeout: Number.NaN, StartPeriod: 5e5 },
    '/bin/true · starts within 0.5 ms',
  ],
])('healthCheckInWords %j', (check, words) => {
  expect(healthCheckInWords(check)).toBe(words)
})

test.each([
  [{ os: 'linux', architecture: 'arm', variant: 'v7' }, 'linux/arm/v7'],
  [{ os: 'linux', architecture: '' }, 'linux'],
  [{}, undefined],
])('configPlatform %j', (config, words) => {
  expect(configPlatform(config as ImageConfig)).toBe(words)
})
