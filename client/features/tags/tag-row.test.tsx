// @vitest-environment happy-dom
import { renderToStaticMarkup } from 'react-dom/server'
import { MemoryRouter } from 'react-router'
import { expect, test } from 'vitest'
import type { TagSummary } from '../../../shared/api/summaries.ts'
import type { Repository, Tag } from '../../../shared/oci/reference.ts'
import { TAG_COLUMNS } from '../../lib/preferences.ts'
import { TagRow } from './tag-row.tsx'

const row = (more: object): TagSummary => ({
  tag: '1.0',
  digest: `sha256:${'a'.repeat(64)}`,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  platforms: ['linux/amd64'],
  ...more,
})

const shown = (summary: TagSummary) =>
  renderToStaticMarkup(
    <MemoryRouter>
      <table>
        <tbody>
          <TagRow
            repository={'a' as Repository}
            tag={'1.0' as Tag}
            row={summary}
            aliases={undefined}
            columns={TAG_COLUMNS}
            selected={false}
            check={null}
            onDelete={undefined}
            rowIndex={1}
          />
        </tbody>
      </table>
    </MemoryRouter>,
  )

test.each<[string, object, string, string]>([
  ['known', { size: 1500, totalSize: 1500 }, '1,500 bytes compressed', '1.5 kB'],
  [
    'known in part',
    { sizeAtLeast: 1500, totalSize: 1500, partial: true },
    'At least 1,500 bytes compressed; the manifest does not say how large all of it is',
    '≥ 1.5 kB',
  ],
  [
    'not known',
    { sizeAtLeast: 0, totalSize: 0, partial: true },
    'The manifest does not say how large it is',
    'unknown',
  ],
  [
    'known, and of all platforms in part',
    { size: 1500, totalSize: 9000, platforms: ['linux/amd64', 'linux/arm64'], partial: true },
    '1,500 bytes compressed (linux/amd64); all platforms: at least 9,000 bytes',
    '1.5 kB',
  ],
])('a size that is %s', (_name, size, title, words) => {
  expect(shown(row(size))).toContain(`<span title="${title}">${words}</span>`)
})

test('a row without any size says nothing of it', () => {
  expect(shown(row({}))).not.toMatch(/unknown|bytes/)
})
