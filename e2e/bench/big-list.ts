// 100,000 repositories in the browser: from a keystroke to its result in the list and in the palette, frames while
// scrolling, nodes in the document.

import type { Page } from '@playwright/test'
import { start } from '../processes.ts'
import { frameWhen, inBrowser } from './browser.ts'
import { median } from './measure.ts'
import { inPlace } from './place.ts'
import type { Bench } from './report.ts'

const ROUNDS = 3
const COUNT = 100_000
/** Each key finds fewer, then more again, so that its result can be seen. */
const KEYS = [...'73195', ...Array<string>(5).fill('Backspace')]
const SCROLL_STEPS = 60

/** Milliseconds from a key's event to the frame that shows what it has found. */
async function keystroke(page: Page, key: string): Promise<number> {
  await page.evaluate(() => {
    const status = document.querySelector('section[aria-label="Repositories"] [role="status"]')
    const state = window as unknown as { painted?: number }
    state.painted = undefined
    let pressed = 0
    addEventListener(
      'keydown',
      (event) => {
        pressed = event.timeStamp
      },
      { once: true, capture: true },
    )
    const before = status?.textContent
    const observer = new MutationObserver(() => {
      if (status?.textContent === before) return
      observer.disconnect()
      // a message is taken after the frame's work, when it has been painted
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => {
          state.painted = performance.now() - pressed
        }
        port2.postMessage(undefined)
      })
    })
    if (status !== null) observer.observe(status, { childList: true, characterData: true, subtree: true })
  })
  await page.keyboard.press(key)
  return frameWhen(page, () => (window as unknown as { painted?: number }).painted ?? false, undefined)
}

/** The longest frame in milliseconds, and the most nodes, while the wheel turns. */
async function scroll(page: Page): Promise<{ longestMs: number; nodes: number }> {
  const box = await page.getByRole('tree').boundingBox()
  if (box === null) throw new Error('there is no list')
  await page.mouse.move(box.x + 50, box.y + 200)
  await page.evaluate(() => {
    const state = window as unknown as { longestMs: number; nodes: number; stop: boolean }
    Object.assign(state, { longestMs: 0, nodes: 0, stop: false })
    let last = performance.now()
    const frame = (now: number) => {
      state.longestMs = Math.max(state.longestMs, now - last)
      state.nodes = Math.max(state.nodes, document.querySelectorAll('*').length)
      last = now
      if (!state.stop) requestAnimationFrame(frame)
    }
    requestAnimationFrame((now) => {
      last = now
      requestAnimationFrame(frame)
    })
  })
  for (let step = 0; step < SCROLL_STEPS; step++) await page.mouse.wheel(0, step % 3 === 0 ? 5000 : 600)
  return page.evaluate(() => {
    const state = window as unknown as { longestMs: number; nodes: number; stop: boolean }
    state.stop = true
    return { longestMs: state.longestMs, nodes: state.nodes }
  })
}

/** Milliseconds that the palette's own work takes for each of some keys, without what the browser paints. */
async function paletteKeys(page: Page): Promise<number[]> {
  await page.keyboard.press('Control+k')
  await page.getByRole('option').first().waitFor()
  return page.evaluate(async () => {
    const field = document.querySelector<HTMLInputElement>('[role="combobox"]')
    const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set
    const measured: number[] = []
    for (const text of ['s', 'se', 'service', 'service-', 'service-0', 'service-09', 'service-099']) {
      const before = performance.now()
      set?.call(field, text)
      field?.dispatchEvent(new Event('input', { bubbles: true }))
      measured.push(performance.now() - before)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return measured
  })
}

async function round(page: Page, origin: string) {
  await page.goto(origin)
  const whole = (count: string) =>
    document.querySelector('section[aria-label="Repositories"] small')?.firstChild?.textContent === count &&
    performance.now()
  await frameWhen(page, whole, COUNT.toLocaleString('en'))
  await page.getByRole('button', { name: 'Show as a flat list' }).click()
  const scrolled = await scroll(page)
  await page.getByRole('searchbox', { name: 'Filter repositories' }).click()
  const times: number[] = []
  for (const key of KEYS) times.push(await keystroke(page, key))
  const paletteMs = median(await paletteKeys(page))
  return { ...scrolled, slowestMs: Math.max(...times), usualMs: median(times), paletteMs }
}

export const bigList: Bench = {
  name: 'big-list',
  needs: ['chromium'],
  run: () =>
    inPlace((place) =>
      inBrowser(async (browser) => {
        const program = start(process.execPath, [
          'dist/server/testing/registry/many-repositories-main.js',
          String(COUNT),
        ])
        place.keep(program)
        const [origin = ''] = await program.printed(/http:\S+/)
        const gantry = await place.gantry(origin)
        const rounds: Awaited<ReturnType<typeof round>>[] = []
        for (let i = 0; i < ROUNDS; i++) rounds.push(await round(await browser.open(), gantry.origin))
        const of = (key: keyof (typeof rounds)[number]) => median(rounds.map((one) => one[key]))
        const where = `${COUNT.toLocaleString('en')} repositories`
        const limit = { of: 'value', atMost: 50 } as const
        return [
          {
            what: `${where}: slowest filter keystroke to paint`,
            unit: 'ms',
            value: of('slowestMs'),
            goal: limit,
          },
          { what: `${where}: usual filter keystroke to paint`, unit: 'ms', value: of('usualMs') },
          { what: `${where}: usual key in the palette`, unit: 'ms', value: of('paletteMs'), goal: limit },
          {
            what: `${where}: longest frame while scrolling`,
            unit: 'ms',
            value: of('longestMs'),
            goal: limit,
          },
          {
            what: `${where}: nodes in the document`,
            unit: 'nodes',
            value: Math.max(...rounds.map(({ nodes }) => nodes)),
            goal: { of: 'value', atMost: 2499 },
          },
        ]
      }),
    ),
}
