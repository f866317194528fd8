// Starting: what a wrong setting says, and a page under a path of its own.

import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from './page.ts'
import { freePort, listening, run, start } from './processes.ts'

const MAIN = 'dist/server/main.js'
const attempt = (env: Record<string, string>) =>
  run(process.execPath, [MAIN], { LOG_LEVEL: 'silent', ...env }).catch((error: Error) => error.message)

test('a taken port is a readable error', async () => {
  const port = await freePort()
  const holder = createServer().listen(port, '127.0.0.1')
  const said = await attempt({ HOST: '127.0.0.1', PORT: String(port) })
  holder.close()
  expect(said).toContain('ended with 1')
  expect(said).toContain('the port is taken already (PORT)')
})

test('a URL that is not a registry is an error each time, and Gantry keeps running', async ({ page }) => {
  const port = await freePort()
  const other = createHttpServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<h1>Welcome to nginx!</h1>')
  }).listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port: otherPort } = other.address() as AddressInfo
  const gantry = start(process.execPath, [MAIN], {
    HOST: '127.0.0.1',
    PORT: String(port),
    REGISTRY_URL: `http://127.0.0.1:${otherPort}`,
    REGISTRY_AUTH_TYPE: 'none',
    LOG_LEVEL: 'silent',
  })
  await listening(port, gantry)
  for (const path of ['_catalog', 'payments/api/tags/list', 'payments/api/manifests/1', '_catalog']) {
    const response = await page.request.get(`http://127.0.0.1:${port}/v2/${path}`)
    expect([path, response.status()]).toEqual([path, 502])
    expect(await response.text()).toContain('bad_answer')
  }
  await gantry.stop()
  other.close()
})

test('it listens without its registry, under BASE_PATH, and says what is wrong on the page', async ({
  page,
}) => {
  const port = await freePort()
  const gantry = start(process.execPath, [MAIN], {
    HOST: '127.0.0.1',
    PORT: String(port),
    REGISTRY_URL: 'http://127.0.0.1:9',
    BASE_PATH: '/gantry',
    LOG_LEVEL: 'silent',
  })
  await listening(port, gantry)
  await page.goto(`http://127.0.0.1:${port}/gantry/r/payments/api`)
  await expect(page.getByRole('region', { name: 'Tags' }).getByRole('alert')).toContainText(
    'The registry cannot be reached',
  )
  await page.goto(`http://127.0.0.1:${port}/gantry/login?next=/r/payments/api`)
  await page.getByLabel('Username').fill('mira')
  await page.getByLabel('Password').fill('x')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert')).toContainText('The registry cannot be reached')
  await page.goto(`http://127.0.0.1:${port}/gantry/containers/payments/api`)
  await expect(page).toHaveURL(`http://127.0.0.1:${port}/gantry/r/payments/api`)
  // whatever it still loads must not meet a closed port
  await page.goto('about:blank')
  await gantry.stop()
})
