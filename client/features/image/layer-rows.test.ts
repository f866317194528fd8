import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Descriptor } from '../../../shared/oci/manifest.ts'
import { largestLayers, layerRows } from './layer-rows.ts'

const layer = (digest: string, size: number) => ({ mediaType: 'x', digest, size }) as unknown as Descriptor

test('steps with and without layers, added up; a layer named twice counts once', () => {
  const rows = layerRows(
    [layer('a', 10), layer('a', 10), layer('b', 5)],
    [{ created_by: 'ADD a /' }, { created_by: 'CMD ["x"]', empty_layer: true }, { comment: 'imported' }, {}],
  )
  expect(
    rows.map(({ step, command, layer: its, cumulative }) => [
      step,
      command?.instruction ?? command?.text,
      its?.digest,
      cumulative,
    ]),
  ).toEqual([
    [1, 'ADD', 'a', 10],
    [2, 'CMD', undefined, 10],
    [3, 'imported', 'a', 10],
    [4, undefined, 'b', 15],
  ])
})

test('secrets among build settings are not shown', () => {
  const [row] = layerRows([], [{ created_by: 'ENV DB_PASSWORD=hunter2', empty_layer: true }])
  expect(row?.command?.text).toBe('DB_PASSWORD=••••••••')
})

test('the largest come first, and nothing grows or is lost', () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), (sizes) => {
      const rows = layerRows(
        sizes.map((size, index) => layer(String(index), size)),
        [],
      )
      expect(rows.at(-1)?.cumulative ?? 0).toBe(sizes.reduce((sum, size) => sum + size, 0))
      const largest = largestLayers(rows, 3).map((row) => row.layer?.size)
      expect(largest).toEqual(
        sizes
          .filter((size) => size > 0)
          .sort((a, b) => b - a)
          .slice(0, 3),
      )
    }),
  )
})
