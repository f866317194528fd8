// @vitest-environment happy-dom
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { PlainLine, PlainText, spellSigns } from './plain-text.tsx'

const shown = (text: string) => renderToStaticMarkup(<PlainText text={text} />)

test.each([
  ['\u202egnp.exe', 'U+202E'],
  ['pay\u200bments', 'U+200B'],
  ['bell \u0007', 'U+0007'],
  ['\u001b[31mred', 'U+001B'],
  ['\ufeff', 'U+FEFF'],
])('%j is told by name', (text, name) => {
  expect(shown(text)).toContain(name)
  for (const sign of text) if (sign < ' ' || sign > '~') expect(shown(text)).not.toContain(sign)
})

test.each([
  ['\u202egnp.exe', '[U+202E]gnp.exe'],
  ['pay\u200bments', 'pay[U+200B]ments'],
  ['two\nlines', 'two\nlines'],
])('in attributes %j is %j', (text, spelled) => {
  expect(spellSigns(text)).toBe(spelled)
  expect(spellSigns(text.repeat(100), 5)).toHaveLength(spellSigns(text.slice(0, 5)).length)
})

test('on one line signs are told, and there are no places to break in', () => {
  const line = renderToStaticMarkup(<PlainLine text={'org.example/\u202ea'} />)
  expect(line).toContain('org.example/<')
  expect(line).toContain('U+202E')
  expect(line).toMatch(/^<bdi>.*<\/bdi>$/)
})

test.each(['👩‍👩‍👧‍👦 🏳️‍🌈', 'e\u0301', 'two\nlines\tand a tab', 'שלום'])('%j stays as it is', (text) => {
  expect(shown(text)).toContain(text)
})

test('markup is text', () => {
  expect(shown('<img src=x onerror=alert(1)>')).not.toContain('<img')
})

test('a long word may break where its parts are joined', () => {
  expect(shown('org.example/a')).toContain('org.<wbr/>example/<wbr/>a')
})

test('what would fill the page is cut, and says how much there is', () => {
  expect(shown('x'.repeat(2000))).toContain('1,500 more characters')
  expect(shown('x'.repeat(550))).not.toContain('more characters')
})
