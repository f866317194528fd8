import fc from 'fast-check'
import { expect, test } from 'vitest'
import { artifactKindOf, artifactTypeLabel, isRunnable } from './artifact-kind.ts'
import type { Descriptor } from './manifest.ts'
import {
  DOCKER_CONFIG,
  DOCKER_LAYER,
  OCI_CONFIG,
  OCI_EMPTY,
  OCI_LAYER,
  OCI_LAYER_GZIP,
} from './media-types.ts'

const part = (mediaType: string) => ({ mediaType, digest: 'x', size: 1 }) as unknown as Descriptor
const kindOf = (artifactType: string | undefined, config: string, ...layers: string[]) =>
  artifactKindOf({ artifactType, config: part(config), layers: layers.map(part) })

test.each([
  ['docker image', undefined, DOCKER_CONFIG, [OCI_LAYER_GZIP], 'image'],
  ['OCI image without layers', undefined, OCI_CONFIG, [], 'image'],
  [
    'helm push',
    undefined,
    'application/vnd.cncf.helm.config.v1+json',
    ['application/vnd.cncf.helm.chart.content.v1.tar+gzip'],
    'helm-chart',
  ],
  [
    'cosign sign',
    undefined,
    OCI_CONFIG,
    ['application/vnd.dev.cosign.simplesigning.v1+json'],
    'cosign-signature',
  ],
  ['cosign attest', undefined, OCI_CONFIG, ['application/vnd.dsse.envelope.v1+json'], 'attestation'],
  ['BuildKit attestation', undefined, OCI_CONFIG, ['application/vnd.in-toto+json'], 'in-toto-attestation'],
  [
    'notation sign',
    undefined,
    'application/vnd.cncf.notary.signature',
    ['application/jose+json'],
    'notation-signature',
  ],
  ['cosign v3 bundle', 'application/vnd.dev.sigstore.bundle.v0.3+json', OCI_EMPTY, [], 'sigstore-bundle'],
  ['oras push without a type', 'application/vnd.unknown.artifact.v1', OCI_EMPTY, ['text/plain'], 'files'],
  [
    'oras push of an SBOM',
    'application/vnd.unknown.artifact.v1',
    OCI_EMPTY,
    ['application/spdx+json'],
    'spdx-sbom',
  ],
  ['oras v0 files', undefined, 'application/vnd.unknown.config.v1+json', ['text/plain'], 'files'],
  ['empty config, unknown layers', undefined, OCI_EMPTY, ['text/x'], 'files'],
  ['wasm', undefined, 'application/vnd.wasm.config.v0+json', ['application/wasm'], 'wasm-module'],
  ['opa', undefined, 'application/vnd.cncf.openpolicyagent.config.v1+json', [], 'opa-policy-bundle'],
  ['nobody knows', 'application/vnd.acme.rocket', OCI_EMPTY, ['a/b'], 'artifact'],
  ['artifactType over an image’s config', 'application/vnd.acme.rocket', OCI_CONFIG, [], 'artifact'],
] as const)('%s', (_name, artifactType, config, layers, id) => {
  expect(kindOf(artifactType, config, ...layers)).toMatchObject({ id })
})

const VAGUE = ['application/octet-stream', 'text/html', 'Text/HTML; charset=utf-8', 'application/json', '']

test.each(VAGUE)('a config of the type %j is an image’s where the layers are', (type) => {
  expect(kindOf(undefined, type, DOCKER_LAYER, OCI_LAYER_GZIP)).toMatchObject({ id: 'image', label: 'Image' })
  expect(kindOf(undefined, type).id).not.toBe('image')
  expect(kindOf(undefined, type, OCI_LAYER_GZIP, 'text/plain').id).not.toBe('image')
  expect(kindOf('application/vnd.acme.rocket', type, OCI_LAYER_GZIP).id).not.toBe('image')
})

test('another type is an artifact’s, whatever its layers; and what oras gave a title is a file', () => {
  expect(kindOf(undefined, 'application/vnd.acme.config', OCI_LAYER_GZIP).id).not.toBe('image')
  const annotations = { 'org.opencontainers.image.title': 'a.tar' }
  const layers = [{ ...part(OCI_LAYER), annotations }]
  const artifactType = undefined
  expect(isRunnable({ artifactType, config: part('application/json'), layers })).toBe(false)
  expect(isRunnable({ artifactType, config: part(OCI_CONFIG), layers })).toBe(true)
})

test.each([
  ['application/spdx+json', 'SPDX SBOM'],
  ['Application/VND.CycloneDX+json; version=1.5', 'CycloneDX SBOM'],
  ['application/vnd.in-toto.provenance+dsse', 'in-toto attestation'],
  ['application/json', undefined],
  ['', undefined],
  ['__proto__', undefined],
])('artifactTypeLabel %j', (type, name) => {
  expect(artifactTypeLabel(type)).toBe(name)
})

test('every manifest has a kind', () => {
  fc.assert(
    fc.property(
      fc.option(fc.string(), { nil: undefined }),
      fc.string(),
      fc.array(fc.string()),
      (type, config, layers) => {
        expect(kindOf(type, config, ...layers).label).not.toBe('')
      },
    ),
  )
})
