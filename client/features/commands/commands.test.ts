import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Digest } from '../../../shared/oci/digest.ts'
import type { Platform } from '../../../shared/oci/manifest.ts'
import { parseReference } from '../../../shared/oci/reference.ts'
import type { CommandTarget } from './command-target.ts'
import { commandsFor } from './commands.ts'

const digest = `sha256:${'a'.repeat(64)}` as Digest
const target = (reference: string, more: Partial<CommandTarget> = {}): CommandTarget => ({
  registry: 'r.example:5000',
  reference: parseReference(reference)!,
  digest,
  kind: { id: 'image', tool: 'oras' },
  platform: undefined,
  isFoundByName: true,
  hasTitles: true,
  ...more,
})
const textOf = (client: string, aim: CommandTarget, byDigest = false) =>
  commandsFor(aim, byDigest).find((command) => command.client === client)?.text
const ARM: Platform = { os: 'linux', architecture: 'arm64', variant: 'v8' }

test.each([
  ['docker', 'docker pull r.example:5000/payments/api:1.2'],
  ['podman', 'podman pull r.example:5000/payments/api:1.2'],
  ['nerdctl', 'nerdctl pull r.example:5000/payments/api:1.2'],
  ['crane', 'crane pull r.example:5000/payments/api:1.2 api-1.2.tar'],
  ['skopeo', 'skopeo copy docker://r.example:5000/payments/api:1.2 oci-archive:api-1.2.tar'],
  ['regctl', 'regctl image export r.example:5000/payments/api:1.2 api-1.2.tar'],
  ['kubernetes', 'image: r.example:5000/payments/api:1.2'],
  ['compose', 'services:\n  api:\n    image: r.example:5000/payments/api:1.2'],
])('an image by tag: %s', (client, text) => {
  expect(textOf(client, target('payments/api:1.2'))).toBe(text)
})

test.each([
  ['docker', `docker pull --platform linux/arm64/v8 r.example:5000/api@${digest}`],
  ['crane', `crane pull --platform linux/arm64/v8 r.example:5000/api@${digest} api-aaaaaaaaaaaa.tar`],
  [
    'skopeo',
    `skopeo copy --override-os linux --override-arch arm64 --override-variant v8 docker://r.example:5000/api@${digest} oci-archive:api-aaaaaaaaaaaa.tar`,
  ],
  ['kubernetes', `image: r.example:5000/api@${digest}`],
  ['compose', `services:\n  api:\n    image: r.example:5000/api@${digest}\n    platform: linux/arm64/v8`],
])('a platform by digest: %s', (client, text) => {
  expect(textOf(client, target('api:1', { platform: ARM }), true)).toBe(text)
})

test.each([
  ['tools/chart:0.9.0', false, 'helm pull oci://r.example:5000/tools/chart --version 0.9.0'],
  ['tools/chart:1.0.0_build.5', false, 'helm pull oci://r.example:5000/tools/chart --version 1.0.0+build.5'],
  ['tools/chart:v1.0.0-rc.1', false, 'helm pull oci://r.example:5000/tools/chart --version v1.0.0-rc.1'],
  ['tools/chart:latest', false, `helm pull oci://r.example:5000/tools/chart@${digest}`],
  ['tools/chart:1.2.3.4', false, `helm pull oci://r.example:5000/tools/chart@${digest}`],
  ['tools/chart:01.2.3', false, `helm pull oci://r.example:5000/tools/chart@${digest}`],
  ['tools/chart:1.2.3-01', false, `helm pull oci://r.example:5000/tools/chart@${digest}`],
  ['tools/chart:1.2', false, `helm pull oci://r.example:5000/tools/chart@${digest}`],
  ['tools/chart:0.9.0', true, `helm pull oci://r.example:5000/tools/chart@${digest}`],
])('a chart %s, by digest: %s', (reference, byDigest, text) => {
  const chart = target(reference, { kind: { id: 'helm-chart', tool: 'helm' } })
  expect(textOf('helm', chart, byDigest)).toBe(text)
  expect(commandsFor(chart, byDigest)[0]?.client).toBe('helm')
  expect(textOf('docker', chart)).toBeUndefined()
})

test('a chart whose tag is no version and whose digest nobody knows: helm has no way to it', () => {
  const kind = { id: 'helm-chart', tool: 'helm' } as const
  const clients = commandsFor(target('chart:latest', { kind, digest: undefined }), false)
  expect(clients.map(({ client }) => client)).toEqual(['oras', 'crane', 'skopeo', 'regctl'])
})

test('an artifact is fetched by tools for artifacts', () => {
  const files = target('tools/files:1', { kind: { id: 'files', tool: 'oras' } })
  expect(commandsFor(files, false).map(({ text }) => text)).toEqual([
    'oras pull r.example:5000/tools/files:1',
    'crane pull --format oci r.example:5000/tools/files:1 files',
    'skopeo copy docker://r.example:5000/tools/files:1 dir:files',
    'regctl artifact get r.example:5000/tools/files:1',
  ])
})

test('files without titles are copied: oras pull would save nothing', () => {
  const kind = { id: 'artifact', tool: 'oras' } as const
  expect(textOf('oras', target('tools/files:1', { kind, hasTitles: false }))).toBe(
    'oras copy --to-oci-layout r.example:5000/tools/files:1 files',
  )
})

test('what no client can pull is fetched as a document', () => {
  expect(commandsFor(target('cache:1', { kind: undefined }), false).map(({ text }) => text)).toEqual([
    'crane manifest r.example:5000/cache:1',
    'skopeo inspect --raw docker://r.example:5000/cache:1',
    'regctl manifest get --format raw-body r.example:5000/cache:1',
    'oras manifest fetch r.example:5000/cache:1',
  ])
})

test('what its name does not lead to is named by its digest, whatever was chosen', () => {
  const amd64: Platform = { os: 'linux', architecture: 'amd64' }
  const twin = target('api:1', { platform: amd64, isFoundByName: false })
  for (const { text, needsDigest } of commandsFor(twin, false)) {
    expect(text).toContain(`r.example:5000/api@${digest}`)
    expect(needsDigest).toBe(true)
  }
  expect(textOf('docker', twin)).toBe(`docker pull --platform linux/amd64 r.example:5000/api@${digest}`)
})

test.each<[string, Platform | undefined, boolean]>([
  ['none', undefined, false],
  ['linux/amd64', { os: 'linux', architecture: 'amd64' }, false],
  ['linux/arm64/v8', ARM, true],
  ['windows/amd64', { os: 'windows', architecture: 'amd64' }, true],
])('Kubernetes has no words for a platform: %s', (_name, platform, needsDigest) => {
  const [docker, kubernetes] = ['docker', 'kubernetes'].map((client) =>
    commandsFor(target('api:1', { platform }), false).find((command) => command.client === client),
  )
  expect(docker?.needsDigest).toBe(false)
  expect(kubernetes?.needsDigest).toBe(needsDigest)
  expect(kubernetes?.text).toBe(`image: r.example:5000/api${needsDigest ? `@${digest}` : ':1'}`)
})

test('tag and digest at once: the digest, since skopeo takes no two', () => {
  for (const byDigest of [false, true])
    for (const known of [digest, undefined])
      for (const { text, needsDigest } of commandsFor(
        target(`api:1@${digest}`, { digest: known }),
        byDigest,
      )) {
        expect(text).toContain(`api@${digest}`)
        expect(needsDigest).toBe(false)
      }
})

test.each([
  ['2048', '"2048"'],
  ['1.5', '"1.5"'],
  ['1e3', '"1e3"'],
  ['2024-01-01', '"2024-01-01"'],
  ['on', '"on"'],
  ['yes', '"yes"'],
  ['y', '"y"'],
  ['null', '"null"'],
  ['false', '"false"'],
  ['online', 'online'],
  ['e5', 'e5'],
])('a Compose service %s is a name to YAML 1.1 too', (name, key) => {
  expect(textOf('compose', target(`games/${name}:1`))).toBe(
    `services:\n  ${key}:\n    image: r.example:5000/games/${name}:1`,
  )
})

test('an IPv6 address in brackets is a list to YAML and a pattern to a shell', () => {
  const six = (client: string) => textOf(client, target('api:1', { registry: '[::1]:5000' }))
  expect(six('kubernetes')).toBe('image: "[::1]:5000/api:1"')
  expect(six('compose')).toBe('services:\n  api:\n    image: "[::1]:5000/api:1"')
  expect(six('docker')).toBe("docker pull '[::1]:5000/api:1'")
  expect(six('skopeo')).toBe("skopeo copy 'docker://[::1]:5000/api:1' oci-archive:api-1.tar")
})

test.each([
  ['cosign-signature', `cosign download signature r.example:5000/api@${digest}`],
  ['attestation', `cosign download attestation r.example:5000/api@${digest}`],
  ['sigstore-bundle', `cosign tree r.example:5000/api@${digest}`],
] as const)('cosign is asked for a %s by what it is about', (id, text) => {
  const kind = { id, tool: 'cosign' } as const
  expect(textOf('cosign', target('api:x.sig', { kind, subject: digest }))).toBe(text)
  expect(textOf('cosign', target('api:x.sig', { kind }))).toBeUndefined()
})

test('opened by digest, the digest is all there is; unknown, the tag stays', () => {
  expect(textOf('docker', target(`api@${digest}`))).toBe(`docker pull r.example:5000/api@${digest}`)
  expect(textOf('docker', target('api:1', { digest: undefined }), true)).toBe(
    'docker pull r.example:5000/api:1',
  )
})

test.each(['linux/amd64', 'linux/arm64/v8', 'windows/amd64'])('%s is asked for by name', (name) => {
  const [os = '', architecture = '', variant] = name.split('/')
  expect(textOf('docker', target('a:1', { platform: { os, architecture, variant } }))).toBe(
    `docker pull --platform ${name} r.example:5000/a:1`,
  )
})

test.each([
  ['linux', 'amd64;rm -rf ~'],
  ['linux', '$(id)'],
  ['linux', '`id`'],
  ['linux', 'amd64\nid'],
  ['linux', ''],
  ['-x', 'y'],
  ['li nux', 'z'],
])('%j/%j is left out: it is pasted into a shell, and the digest takes its place', (os, architecture) => {
  for (const { text } of commandsFor(target('a:1', { platform: { os, architecture } }), false)) {
    expect(text).not.toMatch(/platform|override/)
    expect(text).toContain(`a@${digest}`)
  }
})

test('whatever an index says, no command holds what a shell would act on', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.string(),
      fc.option(fc.string(), { nil: undefined }),
      fc.boolean(),
      (os, architecture, variant, byDigest) => {
        for (const { text, isShell } of commandsFor(
          target('a/b:1', { platform: { os, architecture, variant } }),
          byDigest,
        ))
          if (isShell) expect(text).toMatch(/^[\w./:@ +-]+$/)
      },
    ),
  )
})
