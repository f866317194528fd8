// The demo's artifacts that are not images: charts, signatures, SBOMs, files.

import { type BuiltDescriptor, buildArtifact, createLayer, noise } from '../image-builder.ts'
import type { ImageStore } from '../image-store.ts'

const SBOM_TYPE = 'application/spdx+json'

/** A Helm chart, pushed as `helm push` does. */
export function addHelmChart(store: ImageStore, created: string): void {
  const repository = 'tools/helm-chart'
  for (const version of ['0.8.0', '0.9.0']) {
    const chart = {
      apiVersion: 'v2',
      name: 'helm-chart',
      version,
      appVersion: '4.12.1',
      description: 'Runs payments/api on Kubernetes',
    }
    const archive = createLayer({
      'helm-chart/Chart.yaml': Object.entries(chart)
        .map(([key, value]) => `${key}: ${value}\n`)
        .join(''),
      'helm-chart/values.yaml': 'replicas: 2\nimage:\n  repository: payments/api\n  tag: 4.12.1\n',
      'helm-chart/README.md': '# helm-chart\n\nInstalls payments/api.\n',
    })
    const { digest } = buildArtifact(store, repository, {
      config: { mediaType: 'application/vnd.cncf.helm.config.v1+json', content: chart },
      layers: [{ mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', bytes: archive.gzip }],
      annotations: {
        'org.opencontainers.image.title': chart.name,
        'org.opencontainers.image.version': version,
        'org.opencontainers.image.created': created,
      },
    })
    store.tag(repository, version, digest)
  }
}

/** A signature beside an image, as cosign stores it without the referrers API: under a tag made of the digest. */
export function addSignature(store: ImageStore, repository: string, image: BuiltDescriptor): void {
  const payload = {
    critical: {
      identity: { 'docker-reference': repository },
      image: { 'docker-manifest-digest': image.digest },
      type: 'cosign container image signature',
    },
    optional: null,
  }
  const { digest } = buildArtifact(store, repository, {
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', content: { architecture: '', os: '' } },
    layers: [
      {
        mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
        bytes: Buffer.from(JSON.stringify(payload)),
        annotations: { 'dev.cosignproject.cosign/signature': noise('signature', 71).toString('base64') },
      },
    ],
  })
  store.tag(repository, `${image.digest.replace(':', '-')}.sig`, digest)
}

/** What else cosign keeps beside an image under tags of its digest: a statement and a bill of materials. */
export function addCosignExtras(store: ImageStore, repository: string, image: BuiltDescriptor): void {
  const tag = image.digest.replace(':', '-')
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://slsa.dev/provenance/v1',
  }
  const envelope = {
    payloadType: 'application/vnd.in-toto+json',
    payload: Buffer.from(JSON.stringify(statement)).toString('base64'),
    signatures: [{ keyid: '', sig: noise('attestation', 71).toString('base64') }],
  }
  const extras: readonly [
    suffix: string,
    mediaType: string,
    content: object,
    annotations?: Record<string, string>,
  ][] = [
    [
      'att',
      'application/vnd.dsse.envelope.v1+json',
      envelope,
      { 'dev.cosignproject.cosign/signature': '', predicateType: 'https://slsa.dev/provenance/v1' },
    ],
    ['sbom', 'text/spdx+json', { spdxVersion: 'SPDX-2.3', name: repository, packages: [] }],
  ]
  for (const [suffix, mediaType, content, annotations] of extras) {
    const { digest } = buildArtifact(store, repository, {
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        content: { architecture: '', os: '' },
      },
      layers: [
        { mediaType, bytes: Buffer.from(JSON.stringify(content)), ...(annotations && { annotations }) },
      ],
    })
    store.tag(repository, `${tag}.${suffix}`, digest)
  }
}

/** A signature as `notation sign` pushes it: its type is the config's, its subject the image. */
export function addNotationSignature(
  store: ImageStore,
  repository: string,
  image: BuiltDescriptor,
  created: string,
): BuiltDescriptor {
  return buildArtifact(store, repository, {
    config: { mediaType: 'application/vnd.cncf.notary.signature', content: {} },
    layers: [
      {
        mediaType: 'application/jose+json',
        bytes: Buffer.from(JSON.stringify({ payload: 'e30', signature: 'AA' })),
      },
    ],
    subject: image,
    annotations: {
      'io.cncf.notary.x509chain.thumbprint#S256': `["${'0'.repeat(64)}"]`,
      'org.opencontainers.image.created': created,
    },
  })
}

/** Files, a WebAssembly module and a policy, as oras and the tools of each push them. */
export function addOtherArtifacts(store: ImageStore, created: string): void {
  const title = (name: string) => ({ 'org.opencontainers.image.title': name })
  const report = Buffer.from(JSON.stringify({ passed: 412, failed: 0, duration: 81.4 }))
  const files = buildArtifact(store, 'tools/files', {
    artifactType: 'application/vnd.unknown.artifact.v1',
    layers: [
      { mediaType: 'application/json', bytes: report, annotations: title('report.json') },
      { mediaType: 'text/markdown', bytes: Buffer.from('# Notes\n'), annotations: title('NOTES.md') },
      {
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        bytes: createLayer({ 'logs/run.log': noise('log', 20_000) }).gzip,
        annotations: { ...title('logs'), 'io.deis.oras.content.unpack': 'true' },
      },
    ],
    annotations: { 'org.opencontainers.image.created': created },
  })
  store.tag('tools/files', '1.0', files.digest)
  const module = buildArtifact(store, 'tools/filter', {
    config: {
      mediaType: 'application/vnd.wasm.config.v0+json',
      content: { created, architecture: 'wasm', os: 'wasip2', layerDigests: [] },
    },
    layers: [
      {
        mediaType: 'application/wasm',
        bytes: Buffer.concat([Buffer.from('\0asm\x01\0\0\0'), noise('wasm', 9000)]),
      },
    ],
  })
  store.tag('tools/filter', '0.3.0', module.digest)
  const policy = buildArtifact(store, 'tools/policies', {
    config: { mediaType: 'application/vnd.cncf.openpolicyagent.config.v1+json', content: {} },
    layers: [
      {
        mediaType: 'application/vnd.cncf.openpolicyagent.policy.layer.v1+rego',
        bytes: Buffer.from('package main\n\ndeny[msg] { input.user == "root"; msg := "no root" }\n'),
        annotations: title('policy/user.rego'),
      },
    ],
  })
  store.tag('tools/policies', '2026.11', policy.digest)
}

/** A bill of materials that refers to an image (OCI 1.1 `subject`). */
export function addSbom(
  store: ImageStore,
  repository: string,
  image: BuiltDescriptor,
  created: string,
): void {
  const packages = ['bash', 'ca-certificates', 'libc6'].map((name) => ({ name, versionInfo: '12' }))
  const document = { spdxVersion: 'SPDX-2.3', name: repository, packages }
  buildArtifact(store, repository, {
    artifactType: SBOM_TYPE,
    layers: [{ mediaType: SBOM_TYPE, bytes: Buffer.from(JSON.stringify(document)) }],
    subject: image,
    annotations: { 'org.opencontainers.image.created': created },
  })
}
