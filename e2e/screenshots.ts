// npm run screenshots: the pictures of README and docs, made from the demo. With `-- --all`, or with names of scenes:
// every state in both themes and three widths, into test-results/screens.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium } from '@playwright/test'
import { freePort, ROOT, start } from './processes.ts'
import { playScene, SCENES, type Scene } from './scenes.ts'
import { CHROMIUM, CHROMIUM_ARGS } from './tools.ts'

interface Look {
  readonly file: string
  readonly colorScheme: 'light' | 'dark'
  readonly width: number
  readonly height: number
}

const DOCS = join(ROOT, 'docs', 'pictures')
const SCREENS = join(ROOT, 'test-results', 'screens')
const WIDTHS = [
  [1440, 900],
  [1024, 768],
  [390, 780],
] as const

const doc = (name: string, width: number, height: number): Look => ({
  file: join(DOCS, `${name}.png`),
  colorScheme: name.endsWith('dark') ? 'dark' : 'light',
  width,
  height,
})
/** Scene to the pictures of it. */
const FOR_DOCS: Readonly<Record<string, readonly Look[]>> = {
  image: [doc('browse-light', 1440, 900), doc('browse-dark', 1440, 900)],
  tags: [doc('phone-dark', 390, 780)],
  login: [doc('login-light', 900, 640)],
}

const everyLook = (name: string): readonly Look[] =>
  (['light', 'dark'] as const).flatMap((colorScheme) =>
    WIDTHS.map(([width, height]) => ({
      file: join(SCREENS, `${name}-${colorScheme}-${width}.png`),
      colorScheme,
      width,
      height,
    })),
  )

/** Plays a scene once and looks at it in every way. */
async function take(browser: Browser, baseURL: string, scene: Scene, looks: readonly Look[]): Promise<void> {
  const context = await browser.newContext({ baseURL })
  const page = await context.newPage()
  await playScene(page, scene)
  for (const { file, colorScheme, width, height } of looks) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height })
    // the layout adapts to the new width, and rows that came into view are requested
    await page.waitForTimeout(400)
    await page.screenshot({ path: file })
  }
  await context.close()
}

const names = process.argv.slice(2)
const isForDocs = names.length === 0
const wanted = SCENES.filter(
  ({ name }) => names.includes('--all') || names.includes(name) || (isForDocs && name in FOR_DOCS),
)
for (const folder of [DOCS, SCREENS]) mkdirSync(folder, { recursive: true })
const demo = start(process.execPath, [join(ROOT, 'dist/server/testing/demo/main.js')], {
  PORT: String(await freePort()),
  // the demo's own address would be another one in each picture
  REGISTRY_PUBLIC_URL: 'registry.example',
})
const [, address = ''] = await demo.printed(/(http:\/\/\S+?)\/?\s/)
const browser = await chromium.launch({
  ...(CHROMIUM !== undefined && { executablePath: CHROMIUM }),
  args: CHROMIUM_ARGS,
})
try {
  for (const scene of wanted)
    await take(browser, address, scene, isForDocs ? (FOR_DOCS[scene.name] ?? []) : everyLook(scene.name))
} finally {
  await browser.close()
  await demo.stop()
}
