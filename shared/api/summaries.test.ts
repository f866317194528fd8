import { expect, test } from 'vitest'
import type { SummaryRow } from './summaries.ts'
import { parseSummaryLine } from './summaries.ts'

const digest = `sha256:${'a'.repeat(64)}`
const mediaType = 'application/vnd.oci.image.manifest.v1+json'

const rows: readonly (readonly [string, SummaryRow])[] = [
  [
    'an image',
    {
      tag: '1',
      digest,
      mediaType,
      created: '2025-01-01T00:00:00Z',
      size: 5,
      totalSize: 9,
      platforms: ['linux/amd64'],
      image: digest,
      config: digest,
    },
  ],
  [
    'an artifact that says little',
    { tag: '1', digest, mediaType, artifactType: 'a/b', platforms: [], partial: true },
  ],
  ['a failure', { tag: '1', error: { code: 'DENIED', message: 'no', detail: { scope: 'x' } } }],
  [
    'a failure of a known digest',
    { tag: '1', digest, mediaType, error: { code: 'BLOB_UNKNOWN', message: '' } },
  ],
]
test.each(rows)('a line is read back as it was written: %s', (_name, row) => {
  expect(parseSummaryLine(JSON.stringify(row))).toEqual(row)
})

test('fields of a later version are dropped', () => {
  const row = { tag: '1', digest, mediaType, platforms: [] }
  expect(parseSummaryLine(JSON.stringify({ ...row, later: true }))).toEqual(row)
})

test.each([
  ['nothing', ''],
  ['half a line', `{"tag":"1","digest":"${digest}","media`],
  ['no object', '[]'],
  ['an envelope', '{"errors":[{"code":"DENIED","message":""}]}'],
  ['no tag', `{"digest":"${digest}","mediaType":"a","platforms":[]}`],
  ['neither summary nor error', '{"tag":"1"}'],
  ['an error without a code', '{"tag":"1","error":{"message":"x"}}'],
  ['a size that is none', `{"tag":"1","digest":"d","mediaType":"a","platforms":[],"size":-1}`],
])('what is no row is undefined: %s', (_name, line) => {
  expect(parseSummaryLine(line)).toBeUndefined()
})
