// The operator's own look, on a server that was started with it; what cannot be is said at start.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, expectAccessible, test } from './page.ts'
import { freePort, listening, run, start } from './processes.ts'

const MAIN = 'dist/server/main.js'
const HOSTILE = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20" onload="alert('onload')">
  <script>alert('script'); parent.document.title = 'taken'</script>
  <image href="https://evil.example/pixel.png" width="1" height="1"/>
  <foreignObject width="40" height="20"><body xmlns="http://www.w3.org/1999/xhtml" onload="alert('body')"></body></foreignObject>
  <rect width="40" height="20" fill="#0077cc"/>
</svg>`
const NOTICE = '<img src=x onerror=alert(1)> Closed on Friday & Saturday'

let folder = ''
test.beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gantry-branding-'))
})
test.afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function startBranded(env: Record<string, string>) {
  const port = await freePort()
  const gantry = start(process.execPath, [MAIN], {
    HOST: '127.0.0.1',
    PORT: String(port),
    REGISTRY_URL: 'http://127.0.0.1:9',
    BASE_PATH: '/gantry',
    LOG_LEVEL: 'warn',
    ...env,
  })
  await listening(port, gantry)
  return { gantry, address: `http://127.0.0.1:${port}/gantry` }
}

test('a hostile logo and notice do nothing but show; the accent is everywhere', async ({ page }) => {
  const { gantry, address } = await startBranded({
    TITLE: 'Harbour',
    LOGO_FILE: file('logo.svg', HOSTILE),
    ACCENT: '#0077cc',
    NOTICE,
  })
  await page.goto(`${address}/login`)
  await expect(page.getByRole('complementary', { name: 'Notice' })).toHaveText(NOTICE)
  const logo = page.locator('form img')
  await expect.poll(() => logo.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0)
  await expect(page.getByRole('button', { name: 'Sign in' })).toHaveCSS(
    'background-color',
    'rgb(0, 119, 204)',
  )
  await expect(page.getByRole('button', { name: 'Sign in' })).toHaveCSS('color', 'rgb(255, 255, 255)')
  await expectAccessible(page)
  await page.goto(`${address}/r/payments/api`)
  await expect(page.getByRole('banner').locator('img')).toBeVisible()
  await expect(page.getByRole('complementary', { name: 'Notice' })).toBeVisible()
  const icon = await page.locator('link[rel="icon"]').evaluate((link: HTMLLinkElement) => link.href)
  expect(icon).toMatch(/\/gantry\/logo\?v=[\da-f]{12}$/)
  await gantry.stop()
})

test('the logo opened by itself runs nothing', async ({ page, expectInConsole }) => {
  const { gantry, address } = await startBranded({
    LOGO_FILE: file('alone.svg', HOSTILE.replace(/<image[^>]*>/, '')),
  })
  // the policy blocks the script, and reports it
  expectInConsole(/sandbox/)
  const refused: string[] = []
  page.on('console', (message) => refused.push(message.text()))
  const response = await page.goto(`${address}/logo`)
  expect(response?.headers()['content-security-policy']).toContain('sandbox')
  await expect.poll(() => refused.length).toBeGreaterThan(0)
  expect(await page.title()).not.toBe('taken')
  expect(refused.join('\n')).not.toMatch(/alert|taken(?!')/)
  await gantry.stop()
})

test('a logo that browsers cannot draw after all leaves the gantry in its place', async ({ page }) => {
  const { gantry, address } = await startBranded({
    LOGO_FILE: file('torn.svg', '<svg xmlns="http://www.w3.org/2000/svg"><g></svg>'),
  })
  await page.goto(`${address}/login`)
  await expect(page.locator('form svg')).toBeVisible()
  await expect(page.locator('form img')).toHaveCount(0)
  await gantry.stop()
})

test('a broken logo and an invalid colour stop the start with a readable error', async () => {
  const said = await run(process.execPath, [MAIN], {
    LOG_LEVEL: 'silent',
    LOGO_FILE: file('broken.png', 'no picture'),
    ACCENT: 'url(https://evil.example)',
    NOTICE: 'two\nlines',
  }).catch((error: Error) => error.message)
  expect(said).toContain('ended with 1')
  expect(said).toContain('- LOGO_FILE must be a complete PNG, or an SVG in UTF-8')
  expect(said).toContain('- ACCENT must be a colour as #rrggbb or #rgb.')
  expect(said).toContain('- NOTICE must be one line')
})

test('an accent without contrast is warned of, and the page stays readable', async ({ page }) => {
  const { gantry, address } = await startBranded({ ACCENT: '#002244' })
  await gantry.printed(/ACCENT #002244 has a contrast of only/)
  await page.goto(`${address}/login`)
  await expectAccessible(page)
  await gantry.stop()
})
