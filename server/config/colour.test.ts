import { expect, test } from 'vitest'
import { contrast, formatHex, fromOklch, parseHex, toOklch } from './colour.ts'

const hex = (text: string) => parseHex(text) ?? ([0, 0, 0] as const)

test.each(['#f5a614', '#000', '#fff', '#002244', '#ffff00', '#7f7f7f', '#E30613', '#00a2ff', '#800080'])(
  '%s survives conversion to OKLCH and back',
  (text) => {
    expect(formatHex(fromOklch(toOklch(hex(text))))).toBe(formatHex(hex(text)))
  },
)

test('contrast by WCAG', () => {
  expect(contrast(hex('#000'), hex('#fff'))).toBeCloseTo(21, 5)
  expect(contrast(hex('#767676'), hex('#fff'))).toBeCloseTo(4.54, 2)
})
