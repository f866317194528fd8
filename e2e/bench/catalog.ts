// 10,001 repositories: until all of them are on the screen, against the time the registry itself takes for its pages.

import { join } from 'node:path'
import { Client } from 'undici'
import { nextLink } from '../../shared/oci/link-header.ts'
import { type Browser, frameWhen, inBrowser } from './browser.ts'
import { byTurns, median, medianRatio } from './measure.ts'
import { inPlace, type Server } from './place.ts'
import type { Bench } from './report.ts'
import { createRegistryStorage, putImage, type RegistryStorage } from './storage.ts'

const ROUNDS = 5
const COUNT = 10_001

/** Namespaces as companies have them: a hundred teams, some with levels of their own. */
function nameOf(number: number): string {
  const team = `team-${String(number % 100).padStart(2, '0')}`
  const group = number % 3 === 0 ? '/platform' : ''
  return `${team}${group}/service-${String(number).padStart(5, '0')}`
}

export function putRepositories(storage: RegistryStorage): void {
  const layer = storage.putZeros(1024 * 1024)
  for (let number = 0; number < COUNT; number++)
    putImage(storage, nameOf(number), { number: 1, tags: ['1.0'], layer })
}

/** The sum of the registry's page times, over one kept connection. @returns milliseconds */
async function walk({ origin }: Server): Promise<number> {
  const client = new Client(origin)
  await (await client.request({ method: 'GET', path: '/v2/' })).body.dump()
  let [names, sum] = [0, 0]
  for (let path: string | undefined = '/v2/_catalog?n=1000'; path !== undefined; ) {
    const began = performance.now()
    const { headers, body } = await client.request({ method: 'GET', path })
    const { repositories } = (await body.json()) as { repositories: string[] }
    sum += performance.now() - began
    names += repositories.length
    const { link } = headers
    path = nextLink(typeof link === 'string' ? link : undefined)
  }
  await client.close()
  if (names !== COUNT) throw new Error(`the registry lists ${names} repositories`)
  return sum
}

/** From the start of the navigation until the whole count and the filter are there. @returns milliseconds */
export async function show(browser: Browser, { origin }: Server): Promise<number> {
  const page = await browser.open()
  await page.goto(origin, { waitUntil: 'commit' })
  const shown = await frameWhen(
    page,
    (count) => {
      const pane = document.querySelector('section[aria-label="Repositories"]')
      const isThere = pane?.querySelector('small')?.firstChild?.textContent === count
      const filter = pane?.querySelector<HTMLInputElement>('input[type="search"]')
      return isThere && filter?.disabled === false && performance.now()
    },
    COUNT.toLocaleString('en'),
  )
  await page.getByRole('searchbox', { name: 'Filter repositories' }).fill('service-10000')
  await page.locator(`[data-path="${nameOf(COUNT - 1)}"]`).waitFor()
  return shown
}

export const catalog: Bench = {
  name: 'catalog',
  needs: ['registry', 'chromium'],
  run: () =>
    inPlace((place) =>
      inBrowser(async (browser) => {
        const data = join(place.folder, 'data')
        putRepositories(createRegistryStorage(data))
        const registry = await place.distribution({ data })
        const gantry = await place.gantry(registry.origin)
        // the folders into the page cache, and both programs warm
        await walk(registry)
        await show(browser, gantry)
        const results = await byTurns(ROUNDS, {
          pages: () => walk(registry),
          screen: () => show(browser, gantry),
        })
        return [
          {
            what: `${COUNT.toLocaleString('en')} repositories on the screen and filterable, from the first request on`,
            unit: 'ms',
            baseline: { of: 'the registry’s pages', value: median(results.pages) },
            value: median(results.screen),
            ratio: medianRatio(results.screen, results.pages),
            goal: { of: 'ratio', atMost: 1.15 },
          },
        ]
      }),
    ),
}
