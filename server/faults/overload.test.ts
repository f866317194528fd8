// Row 54 of the fault matrix: a process whose event loop is blocked refuses new work at once, stays alive, recovers.

import type {} from '@fastify/under-pressure'
import { expect, test } from 'vitest'
import { captureLog, failure, get, world } from '../testing/world.ts'

const TAGS = '/v2/payments/api/tags/list'

/** Blocks the event loop for 1.3 s at a time until it is stopped. */
function block(): () => void {
  let running = true
  function work(): void {
    const start = performance.now()
    while (performance.now() - start < 1300);
    if (running) setTimeout(work, 1)
  }
  work()
  return () => {
    running = false
  }
}

test('row 54: with a blocked event loop: 503 with Retry-After, alive, logged once, recovers', {
  timeout: 60_000,
}, async () => {
  const { app } = await world({ auth: 'none' })
  const log = captureLog(app, 'warn')
  const stop = block()
  try {
    await expect.poll(() => app.isUnderPressure(), { timeout: 30_000, interval: 1 }).toBe(true)
    const all = (urls: string[]) => Promise.all(urls.map((url) => get(app, url)))
    const [refusals, responses] = await Promise.all([
      all([TAGS, '/api/session']),
      all(['/livez', '/readyz', '/metrics', '/']),
    ])
    for (const refused of refusals) {
      expect(failure(refused)).toMatchObject({ status: 503, code: 'UNAVAILABLE', reason: 'overloaded' })
      expect(refused.headers).toMatchObject({ 'retry-after': '5', 'cache-control': 'no-store' })
      expect(refused.headers['content-type']).toBe('application/json; charset=utf-8')
    }
    // a failed readiness probe would move the load to other replicas, until none is ready
    expect(responses.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200])
  } finally {
    stop()
  }
  await expect.poll(() => app.isUnderPressure(), { timeout: 20_000 }).toBe(false)
  expect((await get(app, TAGS)).statusCode).toBe(200)
  expect(log.filter((line) => line.includes('Gantry is busy'))).toHaveLength(1)
  expect((await get(app, '/metrics')).body).toContain('gantry_failures_total{reason="overloaded"} 2')
})
