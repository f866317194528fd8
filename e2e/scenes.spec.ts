// Each state of each screen: accessible in both themes, nothing beside the page's edge at any width, and nothing in
// the console (see page.ts).

import { expect, expectAccessible, test } from './demo.ts'
import { playScene, SCENES } from './scenes.ts'

// each stands for itself: both workers share them
test.describe.configure({ mode: 'parallel' })

/** Image pages have their own checks (image.spec.ts); the rare states of tags are in pictures only so far. */
const LAST = SCENES.findIndex(({ name }) => name === 'tags-bad-pattern')

for (const scene of SCENES.slice(0, LAST + 1))
  test(`${scene.name}: accessible, and as wide as its window`, async ({ page }) => {
    await playScene(page, scene)
    await expectAccessible(page)
    for (const width of [1440, 1024, 390]) {
      await page.setViewportSize({ width, height: 800 })
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect([width, overflow]).toEqual([width, 0])
    }
  })
