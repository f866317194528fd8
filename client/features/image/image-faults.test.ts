import { expect, test } from 'vitest'
import type { Descriptor, Platform } from '../../../shared/oci/manifest.ts'
import { imageFaults } from './image-faults.ts'

const part = { mediaType: 'x', digest: 'x', size: 10 } as unknown as Descriptor
const good = { os: 'linux', architecture: 'amd64', history: [{}, { empty_layer: true }], diffIds: ['a'] }
const platform: Platform = { os: 'linux', architecture: 'amd64' }
const faultsOf = (more: object, named: Platform | undefined = platform, bytes = 10) =>
  imageFaults({ config: part, layerEntries: [part] }, { ...good, ...more }, named, bytes)

test.each<[string, object, RegExp]>([
  ['too few diff_ids', { diffIds: [] }, /0 layers, the manifest 1/],
  ['another number of steps', { history: [{}, {}] }, /2 steps/],
  ['another architecture', { architecture: 'arm64' }, /linux\/amd64, the config linux\/arm64/],
  ['another system', { os: 'windows' }, /config windows\/amd64/],
  ['a name as long as a page', { os: 'x'.repeat(1e6) }, /x…\/amd64/],
])('a fault: %s', (_name, more, words) => {
  expect(faultsOf(more)).toEqual([expect.stringMatching(words)])
})

test('a config of another length is a fault', () => {
  expect(faultsOf({}, platform, 12)).toEqual([expect.stringMatching(/12 bytes, the manifest says 10/)])
})

test('what nobody says contradicts nothing', () => {
  const unknown = { ...part, size: undefined }
  const config = { ...good, diffIds: ['a', 'b'], history: [] }
  // the second layer names nothing, and is one
  expect(imageFaults({ config: unknown, layerEntries: [part, undefined] }, config, platform, 12)).toEqual([])
})

test('what one of them does not name is left out', () => {
  expect(faultsOf({ os: undefined, architecture: 'arm64' }, { os: '', architecture: 'amd64' })).toEqual([
    'The index says amd64, the config arm64.',
  ])
})

test.each<[string, object, Platform | undefined]>([
  ['all agree', {}, platform],
  ['no index', { os: 'windows' }, undefined],
  ['no history', { history: [] }, platform],
  ['a config that says no platform', { os: undefined, architecture: '' }, platform],
  ['an index that names half of it', {}, { os: '', architecture: 'amd64' }],
])('no fault: %s', (_name, more, named) => {
  expect(imageFaults({ config: part, layerEntries: [part] }, { ...good, ...more }, named, 10)).toEqual([])
})
