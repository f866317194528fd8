// The shape most sample images have: one service, built for several platforms.

import {
  type BuildStep,
  type BuiltDescriptor,
  type BuiltPlatform,
  buildAttestation,
  buildImage,
  buildIndex,
  createLayer,
  type Layer,
  noise,
} from '../image-builder.ts'
import type { ImageStore } from '../image-store.ts'

export const AMD64: BuiltPlatform = { os: 'linux', architecture: 'amd64' }
export const ARM64: BuiltPlatform = { os: 'linux', architecture: 'arm64', variant: 'v8' }
export const ARM_V7: BuiltPlatform = { os: 'linux', architecture: 'arm', variant: 'v7' }

/** The layer most images here share, one for each platform. */
export function createRootfs(): (platform: BuiltPlatform) => Layer {
  const made = new Map<string, Layer>()
  return ({ architecture }) => {
    const layer =
      made.get(architecture) ??
      createLayer({
        'etc/': '',
        'etc/os-release': 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n',
        'usr/bin/': '',
        'usr/bin/bash': noise(`bash ${architecture}`, 180_000),
        'usr/lib/libc.so.6': noise(`libc ${architecture}`, 260_000),
      })
    made.set(architecture, layer)
    return layer
  }
}

export type Rootfs = ReturnType<typeof createRootfs>

/** The steps of the base image. */
export function baseSteps(rootfs: Layer): BuildStep[] {
  return [
    { by: '/bin/sh -c #(nop) ADD file:5c1a0f9e in / ', layer: rootfs },
    { by: '/bin/sh -c #(nop)  CMD ["bash"]' },
  ]
}

/** A service in the shape of most: base, packages, the program, settings. */
export function serviceSteps(
  rootfs: Layer,
  name: string,
  version: string,
  platform: BuiltPlatform,
): BuildStep[] {
  const packages = createLayer({
    'usr/share/ca-certificates/bundle.crt': noise(`ca ${platform.architecture}`, 40_000),
  })
  const program = createLayer({
    'app/': '',
    [`app/${name}`]: noise(`${name} ${version} ${platform.architecture}`, 24_000 + version.length * 900),
    'app/VERSION': `${version}\n`,
  })
  return [
    ...baseSteps(rootfs),
    {
      by: 'RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends ca-certificates # buildkit',
      layer: packages,
      comment: 'buildkit.dockerfile.v0',
    },
    { by: 'WORKDIR /app', layer: createLayer({ 'app/': '' }), comment: 'buildkit.dockerfile.v0' },
    { by: `COPY dist/${name} /app/ # buildkit`, layer: program, comment: 'buildkit.dockerfile.v0' },
    { by: 'USER 10001:10001', comment: 'buildkit.dockerfile.v0' },
    { by: 'EXPOSE map[8080/tcp:{}]', comment: 'buildkit.dockerfile.v0' },
    { by: `ENTRYPOINT ["/app/${name}"]`, comment: 'buildkit.dockerfile.v0' },
  ]
}

/** The config of such a service. */
export function serviceRuntime(name: string, version: string) {
  return {
    User: '10001:10001',
    ExposedPorts: { '8080/tcp': {}, '9090/tcp': {} },
    Env: [
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'LOG_FORMAT=json',
      'PORT=8080',
      'DB_PASSWORD=correct-horse-battery',
      'DB_PASSWORD_FILE=/run/secrets/db',
    ],
    Entrypoint: [`/app/${name}`],
    Cmd: ['serve', '--listen', ':8080'],
    Volumes: { '/var/lib/data': {} },
    WorkingDir: '/app',
    StopSignal: 'SIGTERM',
    Healthcheck: { Test: ['CMD', `/app/${name}`, 'health'], Interval: 30_000_000_000, Retries: 3 },
    Labels: {
      'org.opencontainers.image.title': name,
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.source': `https://git.example.com/payments/${name}`,
      'org.opencontainers.image.licenses': 'Apache-2.0',
    },
  }
}

/** A service for three platforms, each with its attestation, as BuildKit pushes it: an OCI index. */
export function addService(
  store: ImageStore,
  rootfs: Rootfs,
  repository: string,
  version: string,
  created: string,
): BuiltDescriptor {
  const name = repository.split('/').at(-1) ?? repository
  const images = [AMD64, ARM64, ARM_V7].map((platform) =>
    buildImage(store, repository, {
      platform,
      created,
      steps: serviceSteps(rootfs(platform), name, version, platform),
      runtime: serviceRuntime(name, version),
    }),
  )
  const attestations = images.map((image) =>
    buildAttestation(store, repository, image, {
      'https://slsa.dev/provenance/v0.2': { builder: { id: 'https://ci.example.com' } },
    }),
  )
  const annotations = {
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.created': created,
  }
  return buildIndex(store, repository, [...images, ...attestations], { annotations })
}
