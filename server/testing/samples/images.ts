// The images of the demo: what people meet in real registries, the odd and the hostile included.
// The same bytes, and so the same digests, at every start.

import { DOCKER_SCHEMA1_SIGNED } from '../../../shared/oci/media-types.ts'
import { type BuiltDescriptor, buildImage, buildIndex, createLayer } from '../image-builder.ts'
import { createImageStore, digestOf, type ImageStore } from '../image-store.ts'
import {
  addCosignExtras,
  addHelmChart,
  addNotationSignature,
  addOtherArtifacts,
  addSbom,
  addSignature,
} from './artifacts.ts'
import { addExtremes } from './extremes.ts'
import { addHostile } from './hostile.ts'
import { addOddities } from './oddities.ts'
import {
  AMD64,
  ARM_V7,
  ARM64,
  addService,
  baseSteps,
  createRootfs,
  type Rootfs,
  serviceRuntime,
  serviceSteps,
} from './service.ts'

const NEWEST = Date.parse('2026-11-20T14:32:08Z')
const DAY_MILLISECONDS = 24 * 60 * 60 * 1000

/** The time `days` before the newest image, in RFC 3339. */
function daysAgo(days: number): string {
  return new Date(NEWEST - days * DAY_MILLISECONDS).toISOString().replace('.000Z', 'Z')
}

/** Oldest first. Plain text order would put 4.10 before 4.9. */
const API_VERSIONS = [
  ...['3.0.0', '3.0.1', '3.1.0', '3.2.0', '4.0.0-rc.1', '4.0.0-rc.2', '4.0.0', '4.0.1', '4.1.0', '4.2.0'],
  ...['4.3.0', '4.4.0', '4.4.1', '4.5.0', '4.6.0', '4.7.0', '4.8.0', '4.8.1', '4.9.0', '4.9.1', '4.9.2'],
  ...['4.10.0', '4.10.1', '4.11.0', '4.11.1', '4.12.0', '4.12.1', '4.13.0-rc.1'],
]
/** Moving tags and where they point. */
const API_ALIASES = { latest: '4.12.1', stable: '4.12.1', '4': '4.12.1', '4.12': '4.12.1', '3': '3.2.0' }

function addApi(store: ImageStore, rootfs: Rootfs): void {
  const repository = 'payments/api'
  const built = new Map<string, BuiltDescriptor>()
  for (const [index, version] of API_VERSIONS.entries()) {
    const age = (API_VERSIONS.length - 1 - index) * 11
    const descriptor = addService(store, rootfs, repository, version, daysAgo(age))
    built.set(version, descriptor)
    store.tag(repository, version, descriptor.digest)
  }
  for (const [alias, version] of Object.entries(API_ALIASES)) {
    const target = built.get(version)
    if (target !== undefined) store.tag(repository, alias, target.digest)
  }
  const newest = built.get('4.12.1')
  if (newest === undefined) return
  addSignature(store, repository, newest)
  addSbom(store, repository, newest, daysAgo(11))
  addNotationSignature(store, repository, newest, daysAgo(10))
  addCosignExtras(store, repository, newest)
}

/** Docker's own formats; and a tag whose manifest is gone, as an interrupted garbage collection leaves it. */
function addLedger(store: ImageStore, rootfs: Rootfs): void {
  const repository = 'payments/ledger'
  for (const [index, version] of ['0.9.0', '1.0.0', '1.1.0'].entries()) {
    const { digest } = buildImage(store, repository, {
      flavour: 'docker',
      created: daysAgo(420 - index * 130),
      author: 'Ledger team <ledger@example.com>',
      steps: serviceSteps(rootfs(AMD64), 'ledger', version, AMD64),
      runtime: serviceRuntime('ledger', version),
    })
    store.tag(repository, version, digest)
    if (version === '1.1.0') store.tag(repository, 'latest', digest)
  }
  store.tag(repository, '1.2.0-broken', digestOf(Buffer.from('a manifest that was never stored')))
}

function addDebian(store: ImageStore, rootfs: Rootfs): void {
  const repository = 'base/debian'
  const images = [AMD64, ARM64, ARM_V7].map((platform) =>
    buildImage(store, repository, {
      flavour: 'docker',
      platform,
      created: daysAgo(34),
      steps: baseSteps(rootfs(platform)),
      runtime: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: ['bash'] },
    }),
  )
  const { digest } = buildIndex(store, repository, images, { flavour: 'docker' })
  for (const tag of ['12', '12.8', 'bookworm', 'latest']) store.tag(repository, tag, digest)
}

function addStorefront(store: ImageStore, rootfs: Rootfs): void {
  const repository = 'web/storefront'
  for (const [version, created] of [
    ['2026.11.2', daysAgo(0)],
    ['2026.10.7', daysAgo(29)],
  ] as const) {
    const { digest } = buildImage(store, repository, {
      created,
      steps: serviceSteps(rootfs(AMD64), 'storefront', version, AMD64),
      runtime: { ...serviceRuntime('storefront', version), Labels: { team: 'web' } },
      annotations: { 'org.opencontainers.image.title': 'storefront' },
    })
    store.tag(repository, version, digest)
  }
  addHostile(store, rootfs, daysAgo(3))
}

/** An image of 2015, which no current registry serves any more. */
function addLegacy(store: ImageStore): void {
  const blobSum = store.putBlob('tools/legacy', createLayer({ 'bin/true': '' }).gzip)
  const history = [
    { v1Compatibility: JSON.stringify({ id: 'a'.repeat(64), created: '2015-06-01T00:00:00Z' }) },
  ]
  const content = { schemaVersion: 1, name: 'tools/legacy', tag: '1.0', architecture: 'amd64' }
  store.putManifest(
    'tools/legacy',
    DOCKER_SCHEMA1_SIGNED,
    { ...content, fsLayers: [{ blobSum }], history },
    '1.0',
  )
}

function addSmallOnes(store: ImageStore, rootfs: Rootfs): void {
  for (const [repository, version, age] of [
    ['public/hello', '1.0.0', 200],
    ['platform/team/observability/collector', '0.112.0', 57],
    ['web/assets', '7', 91],
  ] as const) {
    const { digest } = addService(store, rootfs, repository, version, daysAgo(age))
    store.tag(repository, version, digest)
    store.tag(repository, 'latest', digest)
  }
  store.addRepository('tools/empty')
}

function addTeams(store: ImageStore, rootfs: Rootfs): void {
  for (const [repository, versions, age] of TEAM_REPOSITORIES) {
    for (const [index, version] of versions.entries()) {
      const { digest } = addService(
        store,
        rootfs,
        repository,
        version,
        daysAgo(age + (versions.length - 1 - index) * 24),
      )
      store.tag(repository, version, digest)
      if (index === versions.length - 1) store.tag(repository, 'latest', digest)
    }
  }
}

/** Images to delete: tags of one image and of several, a signed one, one without a manifest. */
function addScratch(store: ImageStore, rootfs: Rootfs): void {
  for (const repository of ['tools/scratch', 'tools/signed', 'tools/leftover']) {
    const versions = repository === 'tools/scratch' ? 8 : 2
    const built = Array.from({ length: versions }, (_version, index) => {
      const version = `0.${index + 1}.0`
      const descriptor = addService(store, rootfs, repository, version, daysAgo(60 - index * 3))
      store.tag(repository, version, descriptor.digest)
      return descriptor
    })
    const newest = built.at(-1)
    if (newest === undefined || repository === 'tools/leftover') continue
    for (const alias of ['latest', 'edge', 'nightly']) store.tag(repository, alias, newest.digest)
    if (repository === 'tools/signed') addSignature(store, repository, newest)
    else store.tag(repository, 'interrupted', digestOf(Buffer.from('a push that never ended')))
  }
}

/** A store with all of it. */
export function createSampleStore(): ImageStore {
  const store = createImageStore()
  const rootfs = createRootfs()
  addApi(store, rootfs)
  addLedger(store, rootfs)
  addDebian(store, rootfs)
  addStorefront(store, rootfs)
  addHelmChart(store, daysAgo(18))
  addOtherArtifacts(store, daysAgo(5))
  addOddities(store, rootfs, daysAgo(40))
  addLegacy(store)
  addSmallOnes(store, rootfs)
  addTeams(store, rootfs)
  addScratch(store, rootfs)
  addExtremes(store, rootfs, daysAgo(40))
  return store
}

/** Repository, its versions from the oldest, and the age of the newest in days. */
export const TEAM_REPOSITORIES: readonly (readonly [
  repository: string,
  versions: readonly string[],
  age: number,
])[] = [
  ['base/distroless', ['12', '13'], 21],
  ['base/node', ['22.11.0', '24.2.0'], 9],
  ['base/python', ['3.12.7', '3.13.1'], 13],
  ['billing/invoices', ['2.3.0', '2.4.0', '2.4.1'], 6],
  ['billing/tax', ['0.8.2'], 140],
  ['data/ingest/kafka-connect', ['3.8.0', '3.9.0'], 44],
  ['data/ingest/webhooks', ['1.0.0-rc.1', '1.0.0'], 2],
  ['data/lake/compactor', ['0.4.0', '0.5.0'], 31],
  ['data/lake/query', ['2026.10.1', '2026.11.1'], 12],
  ['data/spark-history', ['3.5.3'], 88],
  ['mirror/library/alpine', ['3.20.3', '3.21.0'], 17],
  ['mirror/library/nginx', ['1.26.2', '1.27.3'], 25],
  ['mirror/library/postgres', ['16.6', '17.2'], 10],
  ['mirror/library/redis', ['7.4.1'], 51],
  ['mirror/quay/prometheus', ['v2.55.1', 'v3.0.0'], 8],
  ['nightly', ['2026-11-18', '2026-11-19', '2026-11-20'], 0],
  ['payments/api-canary', ['4.13.0-canary.7'], 1],
  ['payments/fraud/features', ['11', '12'], 19],
  ['payments/fraud/model', ['2026.9.0', '2026.11.0'], 4],
  ['payments/ledger-migrations', ['1.1.0'], 130],
  ['payments/reconciler', ['0.3.0', '0.3.1'], 63],
  ['payments/webhooks', ['5.0.0'], 37],
  ['platform/gateway', ['1.9.0', '1.10.0'], 5],
  ['platform/team/build/runner', ['14'], 70],
  ['platform/team/observability/agent', ['0.111.0', '0.112.0'], 57],
  ['public/tools/curl', ['8.11.0'], 15],
  ['search/indexer', ['2.0.0', '2.1.0'], 28],
  ['search/suggest', ['0.9.0'], 33],
  ['sre/toolbox', ['44', '45'], 3],
  ['web/admin', ['2026.11.1'], 7],
]
