// Behind a real nginx, in front of a real registry over TLS: the guides of docs/deploy, tried.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDeployment, type Deployment, startNginx, startTlsRegistry } from './deployment.ts'
import { expect, signIn, signOut, test } from './page.ts'
import { freePort, ROOT, run } from './processes.ts'
import { findTool } from './tools.ts'

const NEEDED = ['registry', 'nginx', 'crane', 'skopeo', 'umoci', 'htpasswd', 'openssl', 'chromium']
const missing = NEEDED.filter((name) => findTool(name) === undefined)
test.skip(missing.length > 0, `needs ${missing.join(', ')}`)
test.use({ ignoreHTTPSErrors: true })

const ACCOUNT = { name: 'mira', password: 'mira-secret' }
let deployment: Deployment
test.beforeEach(() => {
  deployment = createDeployment()
})
test.afterEach(async ({ page }) => {
  // whatever it still loads must not meet a closed port
  await page.goto('about:blank')
  await deployment.stop()
})

/** A small image that a real tool made and pushed over TLS. */
async function push(registry: string, credentials: readonly string[] = []): Promise<void> {
  const layout = join(deployment.folder, 'layout')
  await run('umoci', ['init', '--layout', layout])
  await run('umoci', ['new', '--image', `${layout}:1.0`])
  const creds = ['--dest-creds', `${ACCOUNT.name}:${ACCOUNT.password}`]
  await run('skopeo', [
    ...['copy', '--quiet', '--dest-tls-verify=false', ...creds, ...credentials],
    ...[`oci:${layout}:1.0`, `docker://${registry}/team/app:1.0`],
  ])
}

/** Gantry beside the registry, by its own certificate authority. @returns `host:port` */
async function startGantry(
  registry: string,
  caFile: string,
  env: Record<string, string>,
  host = '127.0.0.1',
) {
  const port = await freePort()
  await deployment.serve(port, process.execPath, [join(ROOT, 'dist/server/main.js')], {
    HOST: host,
    PORT: String(port),
    REGISTRY_URL: `https://${registry}`,
    REGISTRY_CA_FILE: caFile,
    SESSION_SECRET: 'a secret of thirty-two characters',
    ...env,
  })
  return `127.0.0.1:${port}`
}

for (const [name, path] of [
  ['at the root', undefined],
  ['under a path that is kept', { prefix: '/gantry', strips: false }],
  ['under a path that is stripped', { prefix: '/gantry', strips: true }],
] as const)
  test(`behind nginx with TLS, ${name}: login, browse, deep link, logout`, async ({ page, context }) => {
    const tls = await deployment.certificate('registry', 'IP:127.0.0.1')
    const registry = await startTlsRegistry(deployment, tls, undefined, ACCOUNT)
    await push(registry)
    const front = await deployment.certificate('front', 'IP:127.0.0.1')
    const prefix = path?.prefix ?? ''
    const gantryPort = await freePort()
    const nginx = await startNginx(deployment, {
      upstream: `127.0.0.1:${gantryPort}`,
      tls: front,
      ...(path && { path }),
    })
    const origin = `https://127.0.0.1:${nginx}`
    await deployment.serve(gantryPort, process.execPath, [join(ROOT, 'dist/server/main.js')], {
      HOST: '127.0.0.1',
      PORT: String(gantryPort),
      REGISTRY_URL: `https://${registry}`,
      REGISTRY_CA_FILE: tls.certFile,
      SESSION_SECRET: 'a secret of thirty-two characters',
      PUBLIC_URL: `${origin}${prefix}`,
      BASE_PATH: prefix,
      TRUST_PROXY: '127.0.0.1',
    })
    await page.goto(`${origin}${prefix}/r/team/app`)
    await expect(page).toHaveURL(/\/login\?next=/)
    await signIn(page, ACCOUNT.name, ACCOUNT.password)
    await page.getByRole('link', { name: '1.0', exact: true }).click()
    await expect(page).toHaveURL(`${origin}${prefix}/r/team/app:1.0`)
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('team/app:1.0')
    const [cookie] = await context.cookies()
    expect(cookie).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Strict', path: '/' })
    expect(cookie?.name).toMatch(/^__Host-gantry-/)
    await page.goto(`${origin}${prefix}/r/team/app:1.0?tab=raw`)
    await expect(page.getByText('The bytes match')).toBeVisible()
    await signOut(page)
    await expect(page).toHaveURL(`${origin}${prefix}/login`)
  })

test('over IPv6, through nginx and straight', async ({ page }) => {
  const tls = await deployment.certificate('registry', 'IP:127.0.0.1')
  const registry = await startTlsRegistry(deployment, tls, undefined, ACCOUNT)
  await push(registry)
  const upstream = await startGantry(registry, tls.certFile, { TRUST_PROXY: '127.0.0.1,::1' }, '::')
  const port = await startNginx(deployment, { upstream, tls })
  for (const origin of [`https://[::1]:${port}`, `http://[::1]:${upstream.split(':')[1]}`]) {
    const response = await page.request.post(`${origin}/api/session`, {
      data: { username: ACCOUNT.name, password: ACCOUNT.password },
    })
    expect([origin, response.status()]).toEqual([origin, 200])
    const tags = await page.request.get(`${origin}/v2/team/app/tags/list`)
    expect(await tags.json()).toEqual({ name: 'team/app', tags: ['1.0'] })
  }
})

test('a registry that asks for a client certificate; secrets from files', async ({ request }) => {
  const tls = await deployment.certificate('registry', 'IP:127.0.0.1')
  const client = await deployment.certificate('client', 'DNS:gantry')
  const registry = await startTlsRegistry(deployment, tls, client, ACCOUNT)
  const certDir = join(deployment.folder, 'docker')
  await run('mkdir', ['-p', certDir])
  await run('cp', [client.certFile, join(certDir, 'client.cert')])
  await run('cp', [client.keyFile, join(certDir, 'client.key')])
  await push(registry, ['--dest-cert-dir', certDir])
  const secret = (name: string, value: string) => {
    const file = join(deployment.folder, name)
    writeFileSync(file, `${value}\n`)
    return file
  }
  const service = {
    REGISTRY_USERNAME: ACCOUNT.name,
    REGISTRY_PASSWORD_FILE: secret('password', ACCOUNT.password),
    SESSION_SECRET: '',
    SESSION_SECRET_FILE: secret('session', 'another secret of thirty-two characters'),
  }
  const without = await startGantry(registry, tls.certFile, service)
  const refused = await request.get(`http://${without}/v2/team/app/tags/list`)
  expect([refused.status(), (await refused.json()).errors[0].code]).toEqual([502, 'UNAVAILABLE'])
  const shown = await startGantry(registry, tls.certFile, {
    ...service,
    REGISTRY_CLIENT_CERT_FILE: client.certFile,
    REGISTRY_CLIENT_KEY_FILE: client.keyFile,
  })
  const tags = await request.get(`http://${shown}/v2/team/app/tags/list`)
  expect([tags.status(), await tags.json()]).toEqual([200, { name: 'team/app', tags: ['1.0'] }])
})
