// The demo's page with an operator's own look, for pictures of it.

import type { Page } from '@playwright/test'

const LOGO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 24"><rect width="60" height="24" rx="4" fill="#0077cc"/><path d="M10 17 16 7l6 10M28 7v10M36 17V7h8M36 12h6" stroke="#fff" stroke-width="2" fill="none"/></svg>`
const ACCENT = `:root:root { --amber: #0077cc; --on-amber: #ffffff; --focus: light-dark(#0077cc, #2b8fe6);
  --amber-soft: light-dark(#e6f4ff, #0d2b45); --keyword: light-dark(#0067b3, #7cc2ff) }`

/** As a server with LOGO_FILE, ACCENT and NOTICE writes the page (branding.spec.ts has a real one). */
export async function branded(page: Page): Promise<void> {
  await page.route('**/logo', (route) => route.fulfill({ body: LOGO, contentType: 'image/svg+xml' }))
  await page.route('**/branding.css', (route) => route.fulfill({ body: ACCENT, contentType: 'text/css' }))
  await page.route('**', async (route) => {
    if (route.request().resourceType() !== 'document') return route.fallback()
    const response = await route.fetch()
    const tags =
      '<meta name="logo" content="./logo"><link rel="stylesheet" href="./branding.css">' +
      '<meta name="notice" content="The registry is read-only on Friday from 18:00 to 20:00 for maintenance; pulls go on.">'
    await route.fulfill({
      response,
      body: (await response.text()).replace('</head>', `${tags}</head>`),
    })
  })
}
