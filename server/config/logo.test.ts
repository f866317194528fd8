import { expect, test } from 'vitest'
import { logo, MAX_LOGO_BYTES } from './logo.ts'

const NS = 'xmlns="http://www.w3.org/2000/svg"'
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

test.each<[string, string | Buffer, string]>([
  ['a PNG', PNG, 'image/png'],
  ['an SVG', `<svg ${NS} viewBox="0 0 1 1"><path d="M0 0"/></svg>\n`, 'image/svg+xml'],
  ['an empty SVG', `<svg ${NS}/>`, 'image/svg+xml'],
  [
    'an SVG after a declaration, a comment and a document type',
    `\uFEFF<?xml version="1.0"?>\n<!-- a -> b -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd">\n<svg\n${NS}></svg><!-- end -->`,
    'image/svg+xml',
  ],
  [
    'an SVG with a script, which nothing will run',
    `<svg ${NS}><script>alert(1)</script></svg>`,
    'image/svg+xml',
  ],
])('LOGO_FILE may be %s', (_name, content, mediaType) => {
  expect(logo.parse(Buffer.from(content as string))).toMatchObject({ mediaType })
})

test.each<[string, string | Buffer, RegExp]>([
  ['empty', '', /empty/],
  ['a truncated PNG', PNG.subarray(0, 40), /complete PNG/],
  ['a truncated SVG', `<svg ${NS}><path d="M0`, /SVG/],
  ['an SVG without its namespace', '<svg viewBox="0 0 1 1"></svg>', /xmlns/],
  ['a page', `<!doctype html><html><svg ${NS}></svg></html>`, /SVG/],
  ['a page that begins as a comment', `<!-- --><html ${NS}></html>`, /SVG/],
  ['a JPEG', Buffer.from('ffd8ffe000104a464946', 'hex'), /SVG/],
  ['UTF-16', Buffer.from(`<svg ${NS}></svg>`, 'utf16le'), /UTF-8/],
  ['binary data', Buffer.from([0xff, 0xfe, 0x00, 0xd8]), /UTF-8/],
  ['too large', Buffer.alloc(MAX_LOGO_BYTES + 1, ' '), /^must not be larger than 256 KiB\.$/],
  // quadratic backtracking in either would run into the test's timeout
  ['endless spaces', Buffer.alloc(MAX_LOGO_BYTES, ' '), /SVG/],
  ['endless comments', Buffer.alloc(MAX_LOGO_BYTES, '<!--'), /SVG/],
])('LOGO_FILE must not be %s', (_name, content, reason) => {
  const issues = logo.safeParse(Buffer.from(content as string)).error?.issues ?? []
  expect(issues).toEqual([expect.objectContaining({ message: expect.stringMatching(reason) })])
})
