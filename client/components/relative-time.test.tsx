// @vitest-environment happy-dom
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { ExactTime, RelativeTime } from './relative-time.tsx'

test.each([RelativeTime, ExactTime])('%o: what is no time is shown as what it is', (Time) => {
  const shown = renderToStaticMarkup(<Time time={'\u202eyadretsey <b>'} />)
  expect(shown).toContain('U+202E')
  expect(shown).not.toContain('\u202e')
  expect(shown).not.toContain('<time')
  expect(renderToStaticMarkup(<Time time="2020-01-01T00:00:00Z" />)).toMatch(/^<time dateTime="2020-01-01/i)
})
