// Valid but extreme: the longest names, the most platforms, no layers, a command of many pages. They test that lists
// and pages do not break.

import { type BuiltDescriptor, type BuiltPlatform, buildImage, buildIndex } from '../image-builder.ts'
import type { ImageStore } from '../image-store.ts'
import { AMD64, type Rootfs, serviceRuntime, serviceSteps } from './service.ts'

/** distribution-spec: a name has at most 255 characters, a tag 128. */
const MAX_NAME = 255
const MAX_TAG = 128
const LONG_COMMAND = 10_000

const OPERATING_SYSTEMS = ['linux', 'freebsd', 'windows', 'darwin']
const ARCHITECTURES = [
  ...['amd64', 'arm64', 'arm', '386', 'ppc64le', 's390x', 'riscv64', 'loong64', 'mips64le', 'wasm'],
]
/** 40 machines, one of them of Windows with a version. */
const PLATFORMS: readonly BuiltPlatform[] = OPERATING_SYSTEMS.flatMap((os) =>
  ARCHITECTURES.map((architecture) => ({
    os,
    architecture,
    ...(architecture === 'arm' && { variant: 'v7' }),
    ...(os === 'windows' && { 'os.version': '10.0.26100.4061' }),
  })),
)

/** A plausible name of exactly `length` characters. */
function longName(prefix: string, length: number): string {
  const endless = `${prefix}${'a-very-long-component-name-'.repeat(20)}`
  return `${endless.slice(0, length - 1)}z`
}

function addLongNames(store: ImageStore, rootfs: Rootfs, created: string): void {
  const nested = `edge/${'deep/'.repeat(20)}down`
  for (const repository of [longName('edge/', MAX_NAME), nested]) {
    const { digest } = buildImage(store, repository, {
      created,
      steps: serviceSteps(rootfs(AMD64), 'edge', '1.0.0', AMD64),
      runtime: serviceRuntime('edge', '1.0.0'),
    })
    for (const tag of ['1.0.0', longName('feature_', MAX_TAG), longName('2026.11.20_', MAX_TAG)])
      store.tag(repository, tag, digest)
  }
}

function addPlatforms(store: ImageStore, rootfs: Rootfs, created: string): void {
  const repository = 'edge/platforms'
  const images = PLATFORMS.map(
    (platform): BuiltDescriptor =>
      buildImage(store, repository, {
        platform,
        created,
        steps: serviceSteps(rootfs(AMD64), 'edge', `${platform.os}-${platform.architecture}`, platform),
        runtime: serviceRuntime('edge', '1.0.0'),
      }),
  )
  store.tag(repository, 'forty', buildIndex(store, repository, images).digest)
  store.tag(repository, 'none', buildIndex(store, repository, []).digest)
}

/** A config without layers, and very long commands and texts. */
function addOddImages(store: ImageStore, rootfs: Rootfs, created: string): void {
  const repository = 'edge/odd'
  const packages = Array.from({ length: 1000 }, (_, index) => `package-${index}`).join(' ')
  const command = `RUN apt-get install -y ${packages}`.padEnd(LONG_COMMAND, 'x').slice(0, LONG_COMMAND)
  const images = {
    'no-layers': { created, steps: [{ by: 'CMD ["/none"]' }], runtime: { Cmd: ['/none'] } },
    'no-history': { created, steps: [] },
    'long-commands': {
      created,
      steps: [...serviceSteps(rootfs(AMD64), 'edge', 'long', AMD64), { by: command }],
      runtime: {
        Entrypoint: ['/bin/sh', '-c', command],
        Cmd: Array.from({ length: 400 }, (_, index) => `--option-${index}=a value with 'quotes'`),
        Env: [`JAVA_OPTS=${'-Dproperty=value '.repeat(300)}`, `${'LONG_NAME_'.repeat(20)}=1`],
      },
    },
    languages: {
      created,
      steps: serviceSteps(rootfs(AMD64), 'edge', 'languages', AMD64),
      runtime: {
        Labels: {
          العنوان: 'خدمة المدفوعات — الإصدار 4.12',
          כותרת: 'שירות התשלומים (payments) גרסה 4.12',
          説明: '決済サービス。とても長い説明がここに続きます。'.repeat(4),
          emoji: '👩‍👩‍👧‍👦 🏳️‍🌈 🇺🇳 ❤️‍🔥 e\u0301',
        },
      },
    },
  }
  for (const [tag, recipe] of Object.entries(images))
    store.tag(repository, tag, buildImage(store, repository, recipe).digest)
}

/** All of them, below `edge/`. */
export function addExtremes(store: ImageStore, rootfs: Rootfs, created: string): void {
  addLongNames(store, rootfs, created)
  addPlatforms(store, rootfs, created)
  addOddImages(store, rootfs, created)
}
