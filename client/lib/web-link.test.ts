import fc from 'fast-check'
import { expect, test } from 'vitest'
import { webLink } from './web-link.ts'

test.each([
  ['https://git.example.com/payments/api', 'https://git.example.com/payments/api'],
  ['http://git.example.com', 'http://git.example.com/'],
  ['HTTPS://GIT.example.com/A', 'https://git.example.com/A'],
  ['javascript:alert(1)', undefined],
  ['JaVaScRiPt:alert(1)', undefined],
  [' javascript:alert(1)', undefined],
  ['java\nscript:alert(1)', undefined],
  ['data:text/html,<script>alert(1)</script>', undefined],
  ['vbscript:x', undefined],
  ['blob:https://a.example/1', undefined],
  ['//git.example.com/a', undefined],
  ['/r/payments/api', undefined],
  ['git@github.com:a/b.git', undefined],
  ['ssh://git@git.example.com/a', undefined],
  ['https://user:secret@git.example.com/a', undefined],
  ['https://user@git.example.com', undefined],
  ['https://git.example.com/%00"onclick="alert(1)', undefined],
  ['https://a.example/\u202egnp.exe', undefined],
  ['https:\\\\a.example', undefined],
  ['https://', undefined],
  ['', undefined],
  [`https://a.example/${'x'.repeat(3000)}`, undefined],
])('webLink %j', (text, expected) => {
  expect(webLink(text)).toBe(expected)
})

test('whatever is written, a link is http or https and carries no password', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.webUrl(),
        fc.string(),
        fc.string().map((tail) => `https://${tail}`),
      ),
      (text) => {
        const link = webLink(text)
        if (link === undefined) return
        const url = new URL(link)
        expect(['http:', 'https:']).toContain(url.protocol)
        expect(url.username + url.password).toBe('')
      },
    ),
  )
})
