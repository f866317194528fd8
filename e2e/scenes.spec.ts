// Each state of each screen: accessible in both themes, nothing beside the page's edge at any width, and nothing in
// the console (see page.ts).

import { expect, expectAccessible, test } from './demo.ts'
import { playScene, SCENES } from './scenes.ts'

// scenes are independent: both workers share them
test.describe.configure({ mode: 'parallel' })

for (const scene of SCENES)
  test(`${scene.name}: accessible, and as wide as its window`, async ({ page }) => {
    await playScene(page, scene)
    await expectAccessible(page)
    for (const width of [1440, 1024, 390]) {
      await page.setViewportSize({ width, height: 800 })
      // columns that have no room left go a moment after the window has shrunk
      await expect
        .poll(() => page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]))
        .toEqual([width, width])
    }
  })
