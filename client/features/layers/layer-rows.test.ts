import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Descriptor } from '../../../shared/oci/manifest.ts'
import { largestLayers, layerRows, totalOfRows } from './layer-rows.ts'

const layer = (digest: string, size: number | undefined) =>
  ({ mediaType: 'x', digest, size }) as unknown as Descriptor

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
      cumulative.bytes,
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
      expect(totalOfRows(rows).bytes).toBe(sizes.reduce((sum, size) => sum + size, 0))
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

test('from a layer of unknown size on, the sum is what there is at least', () => {
  const rows = layerRows([layer('a', 10), layer('b', undefined), layer('c', 5), layer('b', 7)], [])
  expect(rows.map(({ cumulative }) => cumulative)).toEqual([
    { bytes: 10, isPartial: false },
    // the last one names the same blob, with its size
    { bytes: 17, isPartial: false },
    { bytes: 22, isPartial: false },
    { bytes: 22, isPartial: false },
  ])
  expect(totalOfRows(layerRows([layer('a', 10), layer('b', undefined), layer('c', 5)], []))).toEqual({
    bytes: 15,
    isPartial: true,
  })
  expect(largestLayers(rows, 2).map(({ step }) => step)).toEqual([1, 4])
})

test('a layer that names nothing keeps its place: what follows is paired with its own step', () => {
  const rows = layerRows([layer('a', 10), undefined, layer('c', 5)], [{}, {}, { empty_layer: true }, {}])
  expect(
    rows.map(({ layer: its, cumulative }) => [its?.digest, cumulative.bytes, cumulative.isPartial]),
  ).toEqual([
    ['a', 10, false],
    [undefined, 10, true],
    [undefined, 10, true],
    ['c', 15, true],
  ])
})
