import { expect, test } from 'vitest'
import * as types from './media-types.ts'

const { isImageConfig, isIndex, isManifest, isSchema1 } = types

test.each([
  [types.OCI_INDEX, 'index'],
  [types.DOCKER_MANIFEST_LIST, 'index'],
  [types.OCI_MANIFEST, 'manifest'],
  [types.DOCKER_MANIFEST, 'manifest'],
  [types.DOCKER_SCHEMA1, 'schema1'],
  [types.DOCKER_SCHEMA1_SIGNED, 'schema1'],
  [types.OCI_CONFIG, 'config'],
  [types.DOCKER_CONFIG, 'config'],
  [types.OCI_EMPTY, 'none'],
  [types.OCI_FOREIGN_LAYER_GZIP, 'none'],
  [`${types.OCI_MANIFEST.toUpperCase()} ; charset=utf-8`, 'manifest'],
  [`${types.OCI_MANIFEST}x`, 'none'],
  ['application/json', 'none'],
  ['', 'none'],
])('%j is of one kind: %s', (mediaType, kind) => {
  expect({
    index: isIndex(mediaType),
    manifest: isManifest(mediaType),
    schema1: isSchema1(mediaType),
    config: isImageConfig(mediaType),
  }).toEqual({
    index: kind === 'index',
    manifest: kind === 'manifest',
    schema1: kind === 'schema1',
    config: kind === 'config',
  })
})

test.each([
  [types.OCI_LAYER, true],
  [types.OCI_LAYER_GZIP, true],
  [types.OCI_LAYER_ZSTD, true],
  [types.OCI_FOREIGN_LAYER_GZIP, true],
  [types.DOCKER_LAYER, true],
  [types.DOCKER_FOREIGN_LAYER, true],
  [types.OCI_LAYER_GZIP.toUpperCase(), true],
  [types.OCI_CONFIG, false],
  ['application/vnd.cncf.helm.chart.content.v1.tar+gzip', false],
  ['text/plain', false],
  ['', false],
])('isImageLayer %j: %s', (mediaType, expected) => {
  expect(types.isImageLayer(mediaType)).toBe(expected)
})

test('every manifest is asked for by its own type, schema 1 only if there is nothing else', () => {
  const accepted = types.ACCEPT_MANIFESTS.split(', ')
  expect(accepted.filter((type) => !type.includes(';'))).toEqual([
    types.OCI_INDEX,
    types.DOCKER_MANIFEST_LIST,
    types.OCI_MANIFEST,
    types.DOCKER_MANIFEST,
  ])
  expect(accepted.slice(4).map(types.essence).every(isSchema1)).toBe(true)
})
