import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { findFreePort } from './free-port.ts'

const LOOPBACK = '127.0.0.1'

async function occupy(port = 0) {
  const server = createServer().listen(port, LOOPBACK)
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => once(server.close(), 'close') }
}

test('a taken port leads to one behind it, a free one to itself', async () => {
  const { port, close } = await occupy()
  const next = await findFreePort(port, [LOOPBACK])
  expect(next).toBeGreaterThan(port)
  await close()
  expect(await findFreePort(port, [LOOPBACK])).toBe(port)
})

test.each([
  ['any', 0, [LOOPBACK], 0],
  ['an address this machine does not have', 65_500, ['192.0.2.1'], 65_500],
])('%s', async (_name, wished, hosts, expected) => {
  expect(await findFreePort(wished, hosts)).toBe(expected)
})

test('nothing free up to the last port is any', async () => {
  const last = await occupy(65_535)
  expect(await findFreePort(65_535, [LOOPBACK])).toBe(0)
  await last.close()
})
