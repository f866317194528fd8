import { expect, test } from 'vitest'
import { rewriteUrl } from './base-path.ts'

test.each([
  ['', '/v2/', '/v2/'],
  ['/gantry', '/gantry', '/'],
  ['/gantry', '/gantry/', '/'],
  ['/gantry', '/gantry?filter=x', '/?filter=x'],
  ['/gantry', '/gantry/r/a?tab=raw', '/r/a?tab=raw'],
  ['/gantry', '/r/a', '/r/a'],
  ['/gantry', '/gantryx/r/a', '/gantryx/r/a'],
  ['/gantry', '/r/gantry/a', '/r/gantry/a'],
  ['/gantry', '/gantry/gantry/a', '/gantry/a'],
  // as sent, never decoded: what is no path of ours stays none
  ['/gantry', '/%67antry/v2/', '/%67antry/v2/'],
  ['/gantry', '/gantry/..//v2/', '/..//v2/'],
  ['/gantry', undefined, '/'],
])('under %j, %s is answered as %s', (basePath, url, expected) => {
  expect(rewriteUrl(basePath)(url === undefined ? {} : { url })).toBe(expected)
})
