import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findBase } from './base-image.ts'
import type { Digest } from './digest.ts'

const layers = (names: string) => [...names].map((name) => ({ digest: name as Digest }))
const seen = (name: string, names: string) => ({ name, layers: layers(names) })

test.each([
  ['the longest base', 'abcd', [seen('one', 'a'), seen('two', 'ab'), seen('also', 'ab')], 'two', 2],
  ['not itself', 'ab', [seen('same', 'ab')], undefined, undefined],
  ['not what builds on it', 'ab', [seen('more', 'abc')], undefined, undefined],
  ['not what has another layer between', 'abcd', [seen('other', 'ax')], undefined, undefined],
  ['not an empty image', 'ab', [seen('scratch', '')], undefined, undefined],
  ['nothing seen', 'ab', [], undefined, undefined],
] as const)('findBase: %s', (_name, of, others, name, count) => {
  const base = findBase(layers(of), others)
  expect([base?.name, base?.layerCount]).toEqual([name, count])
})

test('a base is always a true beginning', () => {
  const names = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 })
  fc.assert(
    fc.property(names, fc.array(names), (of, others) => {
      const base = findBase(
        layers(of),
        others.map((other) => seen(other, other)),
      )
      if (base !== undefined) expect(of.startsWith(base.name) && base.name.length < of.length).toBe(true)
      else expect(others.some((other) => other !== '' && other !== of && of.startsWith(other))).toBe(false)
    }),
  )
})
