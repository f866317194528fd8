// The command that fetches what is shown, for each client.

import type { ArtifactKindId } from '../../../shared/oci/artifact-kind.ts'
import type { Platform } from '../../../shared/oci/manifest.ts'
import { formatReference, type Reference } from '../../../shared/oci/reference.ts'
import type { CommandTarget } from './command-target.ts'
import { shellWords } from './shell-words.ts'

export interface Command {
  /** Also what is remembered of a choice. */
  readonly client: string
  readonly text: string
  /** Typed into a shell, or written into a file. */
  readonly isShell: boolean
  /** It names the digest in any case: the tag would fetch something else, or nothing. */
  readonly needsDigest: boolean
}

interface Parts {
  /** `host/name:tag`, `host/name@digest`. */
  readonly image: string
  /** `host/name`. */
  readonly repository: string
  readonly reference: Reference
  /** For file names: `api`. */
  readonly short: string
  /** For file names, with tag or digest: `api-4.12.1`. */
  readonly file: string
  /** The platform's parts, safe to paste: os, architecture, variant. */
  readonly machine: readonly string[] | undefined
  readonly hasTitles: boolean
}

interface Builder {
  readonly client: string
  /** The words of a command, or the text of a file. */
  build(parts: Parts): readonly string[] | string
  needsDigest?(target: CommandTarget): boolean
}

/** Whoever pushed an index wrote its platforms: what a shell could read otherwise is left out. */
function safeParts({ os, architecture, variant }: Platform): readonly string[] | undefined {
  const parts = [os, architecture, ...(variant ? [variant] : [])]
  return parts.every((part) => /^[A-Za-z0-9][\w.-]*$/.test(part)) ? parts : undefined
}

const platformOption = ({ machine }: Parts) => (machine ? ['--platform', machine.join('/')] : [])
const skopeoOptions = ({ machine = [] }: Parts) =>
  machine.flatMap((part, at) => [`--override-${['os', 'arch', 'variant'][at]}`, part])

/** Semantic versions as tags can hold them: helm writes the `+` as `_`. */
const NUMBER = '(?:0|[1-9]\\d*)'
const IDENTIFIER = `(?:${NUMBER}|\\d*[A-Za-z-][\\dA-Za-z-]*)`
const SEMVER = new RegExp(
  `^v?${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-${IDENTIFIER}(?:\\.${IDENTIFIER})*)?(?:_[\\dA-Za-z.-]+)?$`,
)

function helmPull({ image, repository, reference: { tag } }: Parts): readonly string[] {
  return tag === undefined
    ? ['helm', 'pull', `oci://${image}`]
    : ['helm', 'pull', `oci://${repository}`, '--version', tag.replaceAll('_', '+')]
}

/** Quoted where YAML 1.1 would read a number, a date, a switch or a list. References have a slash, and are none of the first. */
const yamlWord = (text: string) =>
  /^(?:\[.*|\d[^/]*|y|n|yes|no|on|off|true|false|null)$/.test(text) ? `"${text}"` : text

function composeFile({ image, short, machine }: Parts): string {
  const platform = machine ? `\n    platform: ${machine.join('/')}` : ''
  return `services:\n  ${yamlWord(short)}:\n    image: ${yamlWord(image)}${platform}`
}

const puller = (client: string): Builder => ({
  client,
  build: (parts) => [client, 'pull', ...platformOption(parts), parts.image],
})

const IMAGE_CLIENTS: readonly Builder[] = [
  puller('docker'),
  puller('podman'),
  puller('nerdctl'),
  {
    client: 'crane',
    build: (parts) => ['crane', 'pull', ...platformOption(parts), parts.image, `${parts.file}.tar`],
  },
  {
    client: 'skopeo',
    build: (parts) => [
      ...['skopeo', 'copy', ...skopeoOptions(parts)],
      ...[`docker://${parts.image}`, `oci-archive:${parts.file}.tar`],
    ],
  },
  {
    client: 'regctl',
    build: (parts) => [
      ...['regctl', 'image', 'export', ...platformOption(parts)],
      ...[parts.image, `${parts.file}.tar`],
    ],
  },
  {
    client: 'kubernetes',
    build: ({ image }) => `image: ${yamlWord(image)}`,
    // it has no words for a platform: each node takes its own, mostly this one
    needsDigest: ({ platform }) =>
      platform !== undefined && (platform.os !== 'linux' || platform.architecture !== 'amd64'),
  },
  { client: 'compose', build: composeFile },
]
const HELM: Builder = {
  client: 'helm',
  build: helmPull,
  // it reads every other tag as a range of versions
  needsDigest: ({ reference: { tag } }) => tag !== undefined && !SEMVER.test(tag),
}
const ARTIFACT_CLIENTS: readonly Builder[] = [
  {
    client: 'oras',
    build: ({ image, short, hasTitles }) =>
      hasTitles ? ['oras', 'pull', image] : ['oras', 'copy', '--to-oci-layout', image, short],
  },
  { client: 'crane', build: ({ image, short }) => ['crane', 'pull', '--format', 'oci', image, short] },
  { client: 'skopeo', build: ({ image, short }) => ['skopeo', 'copy', `docker://${image}`, `dir:${short}`] },
  { client: 'regctl', build: ({ image }) => ['regctl', 'artifact', 'get', image] },
]
const DOCUMENT_CLIENTS: readonly Builder[] = [
  { client: 'crane', build: ({ image }) => ['crane', 'manifest', image] },
  { client: 'skopeo', build: ({ image }) => ['skopeo', 'inspect', '--raw', `docker://${image}`] },
  { client: 'regctl', build: ({ image }) => ['regctl', 'manifest', 'get', '--format', 'raw-body', image] },
  { client: 'oras', build: ({ image }) => ['oras', 'manifest', 'fetch', image] },
]

const COSIGN_COMMANDS: Partial<Record<ArtifactKindId, readonly string[]>> = {
  'cosign-signature': ['download', 'signature'],
  attestation: ['download', 'attestation'],
}

/** cosign fetches what is attached to an image, by that image's digest. */
function cosignOf({ registry, reference, kind, subject }: CommandTarget): readonly Builder[] {
  if (subject === undefined || kind?.tool !== 'cosign') return []
  const about = `${registry}/${formatReference({ repository: reference.repository, digest: subject })}`
  const command = COSIGN_COMMANDS[kind.id] ?? ['tree']
  return [{ client: 'cosign', build: () => ['cosign', ...command, about] }]
}

function buildersOf(target: CommandTarget): readonly Builder[] {
  if (target.kind === undefined) return DOCUMENT_CLIENTS
  if (target.kind.id === 'image') return IMAGE_CLIENTS
  if (target.kind.id === 'helm-chart') return [HELM, ...ARTIFACT_CLIENTS]
  return [...cosignOf(target), ...ARTIFACT_CLIENTS]
}

function partsOf({ registry, platform, hasTitles }: CommandTarget, reference: Reference): Parts {
  const { repository, tag, digest } = reference
  const short = repository.slice(repository.lastIndexOf('/') + 1)
  const version = tag ?? digest?.slice(digest.indexOf(':') + 1).slice(0, 12)
  return {
    image: `${registry}/${formatReference(reference)}`,
    repository: `${registry}/${repository}`,
    reference,
    short,
    file: version === undefined ? short : `${short}-${version}`,
    machine: platform && safeParts(platform),
    hasTitles,
  }
}

/**
 * The commands for what is shown, in the order of their tabs. None has both tag and digest: skopeo refuses that.
 *
 * @param byDigest  name the digest, which nobody can move, and not the tag; has no effect where no digest is known.
 */
export function commandsFor(target: CommandTarget, byDigest: boolean): readonly Command[] {
  const { reference: asked, platform } = target
  const { repository, tag } = asked
  const digest = target.digest ?? asked.digest
  const isNamed = target.isFoundByName && (platform === undefined || safeParts(platform) !== undefined)
  const hasTag = tag !== undefined && asked.digest === undefined
  return buildersOf(target).flatMap(({ client, build, needsDigest }): Command | readonly [] => {
    const isNeeded = hasTag && (!isNamed || needsDigest?.(target) === true)
    if (isNeeded && digest === undefined) return []
    const isByDigest = digest !== undefined && (byDigest || isNeeded || !hasTag)
    const built = build(partsOf(target, isByDigest ? { repository, digest } : asked))
    const isShell = typeof built !== 'string'
    return { client, text: isShell ? shellWords(built) : built, isShell, needsDigest: isNeeded }
  })
}
