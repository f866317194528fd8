// Rows of the fault matrix where the registry is away, slow, broken or lying.

import { expect, test } from 'vitest'
import { failure, get, world } from './world.ts'

test('row 1: registry down: 502 registry_down within 100 ms, the session kept', async () => {
  const { app, registry, login } = await world()
  const cookie = await login()
  await registry.close()
  const start = performance.now()
  const answer = await get(app, '/v2/payments/api/tags/list', { cookie })
  expect(performance.now() - start).toBeLessThan(100)
  expect(failure(answer)).toMatchObject({ status: 502, code: 'UNAVAILABLE', reason: 'registry_down' })
  expect((await get(app, '/api/session', { cookie })).json()).toMatchObject({ user: 'mira' })
})
