import { expect, test } from 'vitest'
import { MAX_LOGO_BYTES, parseLogo } from './logo.ts'

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
])('parseLogo takes %s', (_name, content, mediaType) => {
  expect(parseLogo(Buffer.from(content as string))).toMatchObject({ mediaType })
})

test.each<[string, string | Buffer, RegExp]>([
  ['nothing', '', /empty/],
  ['a PNG that was cut off', PNG.subarray(0, 40), /no whole PNG/],
  ['an SVG that was cut off', `<svg ${NS}><path d="M0`, /no SVG/],
  ['an SVG without its namespace', '<svg viewBox="0 0 1 1"></svg>', /xmlns/],
  ['a page', `<!doctype html><html><svg ${NS}></svg></html>`, /no SVG/],
  ['a page that begins as a comment', `<!-- --><html ${NS}></html>`, /no SVG/],
  ['a JPEG', Buffer.from('ffd8ffe000104a464946', 'hex'), /no SVG/],
  ['UTF-16', Buffer.from(`<svg ${NS}></svg>`, 'utf16le'), /UTF-8/],
  ['no text at all', Buffer.from([0xff, 0xfe, 0x00, 0xd8]), /UTF-8/],
  ['too much', Buffer.alloc(MAX_LOGO_BYTES + 1, ' '), /256 KiB/],
  ['spaces without an end', Buffer.alloc(MAX_LOGO_BYTES, ' '), /no SVG/],
  ['comments without an end', Buffer.alloc(MAX_LOGO_BYTES, '<!--'), /no SVG/],
])('parseLogo refuses %s', (_name, content, reason) => {
  expect(parseLogo(Buffer.from(content as string))).toMatch(reason)
})
