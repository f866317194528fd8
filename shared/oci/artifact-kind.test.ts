import fc from 'fast-check'
import { expect, test } from 'vitest'
import { artifactKindOf, artifactTypeName, isRunnable } from './artifact-kind.ts'
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
  ['docker image', undefined, DOCKER_CONFIG, [OCI_LAYER_GZIP], 'Image', true],
  ['OCI image without layers', undefined, OCI_CONFIG, [], 'Image', true],
  [
    'helm push',
    undefined,
    'application/vnd.cncf.helm.config.v1+json',
    ['application/vnd.cncf.helm.chart.content.v1.tar+gzip'],
    'Helm chart',
    false,
  ],
  [
    'cosign sign',
    undefined,
    OCI_CONFIG,
    ['application/vnd.dev.cosign.simplesigning.v1+json'],
    'Cosign signature',
    false,
  ],
  ['cosign attest', undefined, OCI_CONFIG, ['application/vnd.dsse.envelope.v1+json'], 'Attestation', false],
  [
    'BuildKit attestation',
    undefined,
    OCI_CONFIG,
    ['application/vnd.in-toto+json'],
    'in-toto attestation',
    false,
  ],
  [
    'notation sign',
    undefined,
    'application/vnd.cncf.notary.signature',
    ['application/jose+json'],
    'Notation signature',
    false,
  ],
  [
    'cosign v3 bundle',
    'application/vnd.dev.sigstore.bundle.v0.3+json',
    OCI_EMPTY,
    [],
    'Sigstore bundle',
    false,
  ],
  [
    'oras push without a type',
    'application/vnd.unknown.artifact.v1',
    OCI_EMPTY,
    ['text/plain'],
    'Files',
    false,
  ],
  [
    'oras push of an SBOM',
    'application/vnd.unknown.artifact.v1',
    OCI_EMPTY,
    ['application/spdx+json'],
    'SPDX SBOM',
    false,
  ],
  ['oras v0 files', undefined, 'application/vnd.unknown.config.v1+json', ['text/plain'], 'Files', false],
  ['empty config, unknown layers', undefined, OCI_EMPTY, ['text/x'], 'Files', false],
  [
    'wasm',
    undefined,
    'application/vnd.wasm.config.v0+json',
    ['application/wasm'],
    'WebAssembly module',
    false,
  ],
  ['opa', undefined, 'application/vnd.cncf.openpolicyagent.config.v1+json', [], 'OPA policy bundle', false],
  ['nobody knows', 'application/vnd.acme.rocket', OCI_EMPTY, ['a/b'], 'Artifact', false],
  ['artifactType over an image’s config', 'application/vnd.acme.rocket', OCI_CONFIG, [], 'Artifact', false],
] as const)('%s', (_name, artifactType, config, layers, name, isImage) => {
  expect(kindOf(artifactType, config, ...layers)).toMatchObject({ name, isImage })
})

const VAGUE = ['application/octet-stream', 'text/html', 'Text/HTML; charset=utf-8', 'application/json', '']

test.each(VAGUE)('a config of the type %j is an image’s where the layers are', (type) => {
  expect(kindOf(undefined, type, DOCKER_LAYER, OCI_LAYER_GZIP)).toMatchObject({
    name: 'Image',
    isImage: true,
  })
  expect(kindOf(undefined, type).isImage).toBe(false)
  expect(kindOf(undefined, type, OCI_LAYER_GZIP, 'text/plain').isImage).toBe(false)
  expect(kindOf('application/vnd.acme.rocket', type, OCI_LAYER_GZIP).isImage).toBe(false)
})

test('another type is an artifact’s, whatever its layers; and what oras gave a title is a file', () => {
  expect(kindOf(undefined, 'application/vnd.acme.config', OCI_LAYER_GZIP).isImage).toBe(false)
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
])('artifactTypeName %j', (type, name) => {
  expect(artifactTypeName(type)).toBe(name)
})

test('every manifest has a kind', () => {
  fc.assert(
    fc.property(
      fc.option(fc.string(), { nil: undefined }),
      fc.string(),
      fc.array(fc.string()),
      (type, config, layers) => {
        expect(kindOf(type, config, ...layers).name).not.toBe('')
      },
    ),
  )
})
