// Rows 39 and 47 of the fault matrix together: the browser's header fields are not forwarded, even if a response breaks off.

import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { closeAfterTest, get, world } from '../testing/world.ts'

const SENT = { cookie: 'gantry=canary', authorization: 'Basic canary', 'x-forwarded-for': '127.0.0.1' }
/** More than is buffered, so that its beginning is passed on. */
const LENGTH = 1_000_000

test.each([
  ['the browser disconnects', 'browser'],
  ['the registry breaks it off', 'registry'],
] as const)(
  'rows 39, 47: a download has begun and %s: one request to the registry, without the browser’s fields',
  async (_name, who) => {
    const { app, registry, digests } = await world({ auth: 'none', env: { REGISTRY_AUTH_TYPE: 'none' } })
    let breakOff = () => {}
    const brokenOff = new Promise<void>((resolve) => {
      breakOff = resolve
    })
    async function* body() {
      yield Buffer.alloc(LENGTH / 10)
      await brokenOff
      throw new Error('broken off')
    }
    const headers = { 'content-type': 'application/octet-stream', 'content-length': LENGTH }
    registry.faults.add({ match: /blobs/, fault: { kind: 'respond', status: 200, headers, body } })
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    const path = `/v2/payments/api/blobs/${digests.config}`
    const request = httpRequest({ host: '127.0.0.1', port, path, headers: SENT, agent: false }).end()
    closeAfterTest(() => request.destroy())
    request.on('error', () => {})
    const [response] = await once(request, 'response')
    const broken = new Promise((resolve) => response.on('error', () => {}).once('close', resolve))
    await once(response, 'data')
    response.resume()
    if (who === 'browser') request.destroy()
    else breakOff()
    await broken
    await expect.poll(() => registry.openRequests()).toBe(0)
    // a second request for the blob would have arrived before this one
    await get(app, '/v2/_catalog')
    expect(registry.requests.map(({ url }) => url)).toEqual([path, '/v2/_catalog'])
    expect(JSON.stringify(registry.requests)).not.toMatch(/canary|forwarded/)
  },
)
