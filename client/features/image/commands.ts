// The command that fetches what is shown, for each client.

import type { ArtifactKind } from '../../../shared/oci/artifact-kind.ts'
import type { Digest } from '../../../shared/oci/digest.ts'
import type { Platform } from '../../../shared/oci/manifest.ts'
import { formatReference, type Reference } from '../../../shared/oci/reference.ts'

/** What is fetched. */
export interface CommandTarget {
  /** `host[:port]`, as clients name the registry. */
  readonly registry: string
  readonly reference: Reference
  /** Of what is shown: the chosen platform's, else the index's or the image's. */
  readonly digest: Digest | undefined
  readonly kind: Pick<ArtifactKind, 'isImage' | 'tool' | 'name'>
  /** What a signature or attestation is about. */
  readonly subject?: Digest | undefined
  /** Undefined where none was chosen: then each client takes its own. */
  readonly platform: Platform | undefined
}

export interface Command {
  /** Also what is remembered of a choice. */
  readonly client: string
  readonly text: string
  /** Typed into a shell, or written into a file. */
  readonly isShell: boolean
}

interface Parts {
  /** `host/name:tag`, `host/name@digest`. */
  readonly image: string
  /** `host/name`. */
  readonly repository: string
  readonly reference: Reference
  /** For file names: `api-4.12.1`. */
  readonly file: string
  /** The platform's parts, safe to paste: os, architecture, variant. */
  readonly machine: readonly string[] | undefined
}

/** Whoever pushed an index wrote its platforms: what a shell could read otherwise is left out. */
function safeParts({ os, architecture, variant }: Platform): readonly string[] | undefined {
  const parts = [os, architecture, ...(variant ? [variant] : [])]
  return parts.every((part) => /^[A-Za-z0-9][\w.-]*$/.test(part)) ? parts : undefined
}

const option = (name: string, { machine }: Parts) => (machine ? `${name} ${machine.join('/')} ` : '')

function skopeoOptions({ machine }: Parts): string {
  return ['os', 'arch', 'variant']
    .map((name, at) => (machine?.[at] ? `--override-${name} ${machine[at]} ` : ''))
    .join('')
}

const SEMVER = /^v?\d+\.\d+\.\d+(?:[-_.][\w.-]+)?$/

/** A chart's version may hold a `+`, which tags cannot: helm writes `_`. */
function helmPull({ image, repository, reference: { tag, digest } }: Parts): string {
  return digest === undefined && tag !== undefined && SEMVER.test(tag)
    ? `helm pull oci://${repository} --version ${tag.replaceAll('_', '+')}`
    : `helm pull oci://${image}`
}

function composeFile({ image, file, machine }: Parts): string {
  const name = file.replace(/^[^a-z0-9]+/, '') || 'app'
  const platform = machine ? `\n    platform: ${machine.join('/')}` : ''
  return `services:\n  ${name}:\n    image: ${image}${platform}`
}

type Builder = readonly [client: string, build: (parts: Parts) => string, isShell?: false]

const IMAGE_CLIENTS: readonly Builder[] = [
  ['docker', (parts) => `docker pull ${option('--platform', parts)}${parts.image}`],
  ['podman', (parts) => `podman pull ${option('--platform', parts)}${parts.image}`],
  ['nerdctl', (parts) => `nerdctl pull ${option('--platform', parts)}${parts.image}`],
  ['crane', (parts) => `crane pull ${option('--platform', parts)}${parts.image} ${parts.file}.tar`],
  [
    'skopeo',
    (parts) => `skopeo copy ${skopeoOptions(parts)}docker://${parts.image} oci-archive:${parts.file}.tar`,
  ],
  ['regctl', (parts) => `regctl image export ${option('--platform', parts)}${parts.image} ${parts.file}.tar`],
  ['kubernetes', ({ image }) => `image: ${image}`, false],
  ['compose', composeFile, false],
]
const HELM: Builder = ['helm', helmPull]
const ARTIFACT_CLIENTS: readonly Builder[] = [
  ['oras', ({ image }) => `oras pull ${image}`],
  ['crane', ({ image, file }) => `crane pull --format oci ${image} ${file}`],
  ['skopeo', ({ image, file }) => `skopeo copy docker://${image} dir:${file}`],
  ['regctl', ({ image }) => `regctl artifact get ${image}`],
]

/** cosign is asked for what lies beside an image, by that image's digest. */
function cosignOf({ registry, reference, kind, subject }: CommandTarget): readonly Builder[] {
  if (subject === undefined || kind.tool !== 'cosign') return []
  const about = `${registry}/${formatReference({ repository: reference.repository, digest: subject })}`
  const verb = /signature$/.test(kind.name)
    ? 'download signature'
    : /attestation$/i.test(kind.name)
      ? 'download attestation'
      : 'tree'
  return [['cosign', () => `cosign ${verb} ${about}`]]
}

function buildersOf(target: CommandTarget): readonly Builder[] {
  if (target.kind.isImage) return IMAGE_CLIENTS
  if (target.kind.tool === 'helm') return [HELM, ...ARTIFACT_CLIENTS]
  return [...cosignOf(target), ...ARTIFACT_CLIENTS]
}

/**
 * The commands for what is shown, in the order of their tabs.
 *
 * @param byDigest  name the digest, which nobody can move, and not the tag; has no effect where no digest is known.
 */
export function commandsFor(target: CommandTarget, byDigest: boolean): readonly Command[] {
  const { registry, reference: asked, digest, kind, platform } = target
  const { repository } = asked
  const reference: Reference =
    (byDigest || asked.tag === undefined) && digest !== undefined ? { repository, digest } : asked
  const short = repository.slice(repository.lastIndexOf('/') + 1)
  const version = reference.tag ?? reference.digest?.slice(reference.digest.indexOf(':') + 1).slice(0, 12)
  const parts: Parts = {
    image: `${registry}/${formatReference(reference)}`,
    repository: `${registry}/${repository}`,
    reference,
    file: kind.isImage ? `${short}${version === undefined ? '' : `-${version}`}` : short,
    machine: platform && safeParts(platform),
  }
  const fileOf = (client: string) => (client === 'compose' ? { ...parts, file: short } : parts)
  return buildersOf(target).map(([client, build, isShell = true]) => ({
    client,
    text: build(fileOf(client)),
    isShell,
  }))
}
