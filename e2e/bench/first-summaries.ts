// A repository of 5,000 tags is opened: until the first summaries are on the screen.

import { join } from 'node:path'
import { Client } from 'undici'
import { type Browser, frameWhen, inBrowser } from './browser.ts'
import { byTurns, median } from './measure.ts'
import { inPlace, type Place, type Server } from './place.ts'
import type { Bench } from './report.ts'
import { createRegistryStorage } from './storage.ts'
import { putTags, TAG_COUNT, TAGGED } from './tags-data.ts'

const ROUNDS = 7

/** The registry's own `tags/list`, to its last byte. @returns milliseconds */
async function listTags({ origin }: Server): Promise<number> {
  const client = new Client(origin)
  await (await client.request({ method: 'GET', path: '/v2/' })).body.dump()
  const began = performance.now()
  const { body } = await client.request({ method: 'GET', path: `/v2/${TAGGED}/tags/list` })
  await body.arrayBuffer()
  const time = performance.now() - began
  await client.close()
  return time
}

/** `performance.now()` of the page once a row of the table has a size. */
function firstSize(): number | false {
  const heading = [...document.querySelectorAll('table thead th')]
  const column = heading.findIndex((cell) => cell.textContent?.trim() === 'Size')
  const rows = [...document.querySelectorAll<HTMLTableRowElement>('table tbody tr')]
  return rows.some((row) => (row.cells[column]?.textContent ?? '') !== '') && performance.now()
}

/** From the click on the repository. A Gantry that knows nothing yet. @returns milliseconds */
async function open(place: Place, browser: Browser, registry: Server): Promise<number> {
  const gantry = await place.gantry(registry.origin)
  const page = await browser.open()
  await page.goto(gantry.origin)
  await page.getByRole('button', { name: 'Show as a flat list' }).click()
  const repository = page.locator(`[data-path="${TAGGED}"]`)
  await repository.waitFor()
  await page.evaluate(() => {
    const state = window as unknown as { clicked: number }
    const note = (event: Event) => {
      state.clicked = event.timeStamp
    }
    addEventListener('click', note, { capture: true })
  })
  await repository.click()
  const shown = await frameWhen(page, firstSize, undefined)
  const clicked = await page.evaluate(() => (window as unknown as { clicked: number }).clicked)
  await gantry.program.stop()
  return shown - clicked
}

export const firstSummaries: Bench = {
  name: 'first-summaries',
  needs: ['registry', 'chromium'],
  run: () =>
    inPlace((place) =>
      inBrowser(async (browser) => {
        const data = join(place.folder, 'data')
        putTags(createRegistryStorage(data))
        const registry = await place.distribution({ data })
        await listTags(registry)
        await open(place, browser, registry)
        const results = await byTurns(ROUNDS, {
          list: () => listTags(registry),
          screen: () => open(place, browser, registry),
        })
        return [
          {
            what: `first summaries on the screen after opening a repository of ${TAG_COUNT.toLocaleString('en')} tags`,
            unit: 'ms',
            baseline: { of: 'the registry’s tags/list', value: median(results.list) },
            value: median(results.screen),
            goal: { of: 'difference', atMost: 250 },
          },
        ]
      }),
    ),
}
