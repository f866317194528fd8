// Chromium for the benches that end on a screen.

import { type BrowserContext, chromium, type Page } from '@playwright/test'
import { CHROMIUM, CHROMIUM_ARGS } from '../tools.ts'

export interface Browser {
  /** A page with nothing in its cache. */
  open(): Promise<Page>
}

const SIZE = { width: 1440, height: 900 }

/** Runs something with a browser, and ends it whatever happens. */
export async function inBrowser<T>(work: (browser: Browser) => Promise<T>): Promise<T> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_ARGS })
  let context: BrowserContext | undefined
  try {
    return await work({
      async open() {
        await context?.close()
        context = await browser.newContext({ viewport: SIZE })
        return context.newPage()
      },
    })
  } finally {
    await browser.close()
  }
}

/**
 * Waits until something is on the screen, looked at before each frame.
 *
 * @param look  runs in the page: its `performance.now()` once it is there, else false.
 * @returns milliseconds since the page's navigation began.
 */
export async function frameWhen<Argument>(
  page: Page,
  look: (argument: Argument) => number | false,
  argument: Argument,
): Promise<number> {
  const found = await page.waitForFunction(look as never, argument, { polling: 'raf', timeout: 60_000 })
  return (await found.jsonValue()) as number
}
