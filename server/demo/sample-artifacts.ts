// The demo's artifacts that are no images: a chart, a signature, an SBOM.

import { type BuiltDescriptor, buildArtifact } from './image-builder.ts'
import type { ImageStore } from './image-store.ts'
import { createLayer, noise } from './layers.ts'

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
