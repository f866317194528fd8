import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseChart } from './chart.ts'

test('a chart as helm writes it', () => {
  expect(
    parseChart({
      apiVersion: 'v2',
      name: 'web',
      version: '1.0.0',
      appVersion: '4',
      maintainers: [{ name: 'Mira', email: 'm@a.example' }],
      dependencies: [{ name: 'redis', version: '1', repository: 'oci://x' }],
    }),
  ).toMatchObject({
    name: 'web',
    appVersion: '4',
    sources: [],
    maintainers: [{ name: 'Mira' }],
    dependencies: [{ name: 'redis' }],
  })
})

test('a malformed field costs that field', () => {
  expect(
    parseChart({ name: 5, version: '1', sources: 'x', maintainers: [{}], dependencies: 3 }),
  ).toMatchObject({
    name: undefined,
    version: '1',
    sources: [],
    maintainers: [],
    dependencies: [],
  })
})

test('never throws', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(parseChart(value) !== undefined).toBe(
        typeof value === 'object' && value !== null && !Array.isArray(value),
      )
    }),
  )
})
