import { expect, test } from 'vitest'
import { layerTypeOf } from './layer-type.ts'
import * as types from './media-types.ts'

test.each([
  [types.DOCKER_LAYER, 'gzip', false],
  [types.OCI_LAYER, 'tar', false],
  [types.OCI_LAYER_GZIP, 'gzip', false],
  [types.OCI_LAYER_ZSTD, 'zstd', false],
  [types.DOCKER_FOREIGN_LAYER, 'gzip', true],
  [types.OCI_FOREIGN_LAYER, 'tar', true],
  [types.OCI_FOREIGN_LAYER_ZSTD, 'zstd', true],
  [`${types.OCI_LAYER_GZIP}+encrypted`, 'gzip, encrypted', false],
  ['application/vnd.acme', 'application/vnd.acme', false],
])('%s is %s, foreign: %s', (mediaType, packing, isForeign) => {
  expect(layerTypeOf({ mediaType })).toEqual({ packing, isForeign })
})

test('a layer with other places to fetch it from is foreign', () => {
  expect(layerTypeOf({ mediaType: types.OCI_LAYER_GZIP, urls: ['https://x.example/blob'] }).isForeign).toBe(
    true,
  )
  expect(layerTypeOf({ mediaType: types.OCI_LAYER_GZIP, urls: [] }).isForeign).toBe(false)
})
