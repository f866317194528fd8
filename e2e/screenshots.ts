// npm run screenshots: the pictures of README and docs, made from the demo.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { chromium } from '@playwright/test'
import { freePort, ROOT, start } from './processes.ts'
import { CHROMIUM, CHROMIUM_ARGS } from './tools.ts'

const FOLDER = join(ROOT, 'docs', 'pictures')
const PICTURES = [
  { name: 'browse-light', colorScheme: 'light', width: 1440, height: 900, path: '/r/payments/api:4.12.1' },
  { name: 'browse-dark', colorScheme: 'dark', width: 1440, height: 900, path: '/r/payments/api:4.12.1' },
  { name: 'phone-dark', colorScheme: 'dark', width: 390, height: 780, path: '/r/payments/api' },
  { name: 'login-light', colorScheme: 'light', width: 900, height: 640, path: undefined },
] as const

mkdirSync(FOLDER, { recursive: true })
const demo = start(process.execPath, [join(ROOT, 'dist/server/demo/main.js')], {
  PORT: String(await freePort()),
})
const [, address = ''] = await demo.printed(/(http:\/\/\S+?)\/?\s/)
const browser = await chromium.launch({
  ...(CHROMIUM !== undefined && { executablePath: CHROMIUM }),
  args: CHROMIUM_ARGS,
})
try {
  for (const { name, colorScheme, width, height, path } of PICTURES) {
    const context = await browser.newContext({ baseURL: address, colorScheme, viewport: { width, height } })
    const page = await context.newPage()
    if (path !== undefined)
      await context.request.post('/api/session', { data: { username: 'mira', password: 'mira-demo' } })
    await page.goto(path ?? '/login')
    await page.waitForLoadState('networkidle')
    await page.screenshot({ path: join(FOLDER, `${name}.png`) })
    await context.close()
  }
} finally {
  await browser.close()
  await demo.stop()
}
