// Artifacts as their own tools push them: skopeo, crane, oras and helm for real; cosign's and BuildKit's in their
// formats, over the registry's own API, since these tools are not Go modules that a test could build.

import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../shared/oci/media-types.ts'
import { run } from './processes.ts'
import { tool } from './tools.ts'

export interface SeededArtifacts {
  /** Of artifacts/app:index, which has referrers. */
  readonly indexDigest: string
}

interface Pushed {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

const digestOf = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** Pushes without a client, content as JSON unless it is text. Throws with the registry's response. */
export function pusher(registry: string, repository: string) {
  const base = `http://${registry}/v2/${repository}`
  const send = async (url: string, init: RequestInit) => {
    const response = await fetch(url, init)
    if (!response.ok) throw new Error(`${init.method} ${url}: ${response.status} ${await response.text()}`)
    return response
  }
  return {
    async blob(mediaType: string, content: object | string): Promise<Pushed> {
      const bytes = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content))
      const begun = await send(`${base}/blobs/uploads/`, { method: 'POST' })
      const place = new URL(begun.headers.get('location') ?? '', base)
      place.searchParams.set('digest', digestOf(bytes))
      await send(place.href, {
        method: 'PUT',
        body: bytes,
        headers: { 'content-type': 'application/octet-stream' },
      })
      return { mediaType, digest: digestOf(bytes), size: bytes.length }
    },
    async manifest(mediaType: string, content: object, reference?: string): Promise<Pushed> {
      const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content }))
      const digest = digestOf(bytes)
      await send(`${base}/manifests/${reference ?? digest}`, {
        method: 'PUT',
        body: bytes,
        headers: { 'content-type': mediaType },
      })
      return { mediaType, digest, size: bytes.length }
    },
  }
}

/** `skopeo copy` in both formats, `crane append` on top, `crane index append` of two platforms. */
async function seedImages(registry: string, folder: string): Promise<void> {
  const layout = join(folder, 'layout')
  const image = `${layout}:base`
  const umoci = (...args: string[]) => run(tool('umoci'), args)
  await umoci('init', '--layout', layout)
  await umoci('new', '--image', image)
  await umoci('insert', '--image', image, '/etc/debian_version', '/etc/debian_version')
  await umoci(
    'config',
    '--image',
    image,
    '--config.entrypoint',
    '/bin/cat',
    '--config.env',
    'API_TOKEN=s3cret-value',
  )
  for (const [tag, format] of [
    ['oci', 'oci'],
    ['docker', 'v2s2'],
  ] as const)
    await run(tool('skopeo'), [
      ...['copy', '--dest-tls-verify=false', '--format', format],
      ...[`oci:${image}`, `docker://${registry}/artifacts/app:${tag}`],
    ])
  const app = `${registry}/artifacts/app`
  const crane = (...args: string[]) => run(tool('crane'), [...args, '--insecure'])
  const layer = join(folder, 'layer.tar')
  await run('tar', ['-cf', layer, '-C', '/', 'etc/passwd'])
  await crane('append', '-b', `${app}:oci`, '-f', layer, '-t', `${app}:appended`)
  for (const arch of ['amd64', 'arm64'])
    await crane('mutate', `${app}:appended`, '--set-platform', `linux/${arch}`, '-t', `${app}:${arch}`)
  await crane('index', 'append', '-m', `${app}:amd64`, '-m', `${app}:arm64`, '-t', `${app}:index`)
}

/** `oras push` of files, `oras attach` of an SBOM and a signature, `helm push` of a chart that helm made. */
async function seedFiles(registry: string, folder: string): Promise<void> {
  const files = join(folder, 'files')
  mkdirSync(files)
  writeFileSync(join(files, 'report.json'), '{"passed":412}')
  writeFileSync(join(files, 'notes.md'), '# Notes\n')
  writeFileSync(join(files, 'sbom.json'), '{"spdxVersion":"SPDX-2.3","packages":[]}')
  writeFileSync(join(files, 'signature.jose'), '{"payload":"e30"}')
  const oras = (...args: string[]) =>
    run('/bin/sh', ['-c', `cd "$0" && exec "$@"`, files, tool('oras'), ...args, '--plain-http'])
  await oras(
    'push',
    `${registry}/artifacts/files:1.0`,
    'report.json:application/json',
    'notes.md:text/markdown',
  )
  const app = `${registry}/artifacts/app:index`
  await oras('attach', '--artifact-type', 'application/spdx+json', app, 'sbom.json:application/spdx+json')
  await oras(
    'attach',
    '--artifact-type',
    'application/vnd.cncf.notary.signature',
    app,
    'signature.jose:application/jose+json',
  )
  const helm = (...args: string[]) => run(tool('helm'), args)
  await helm('create', join(folder, 'webshop'))
  await helm(
    'package',
    join(folder, 'webshop'),
    '--destination',
    folder,
    '--version',
    '1.2.3',
    '--app-version',
    '4.5',
  )
  await helm('push', join(folder, 'webshop-1.2.3.tgz'), `oci://${registry}/charts`, '--plain-http')
}

/** What `cosign sign` writes beside an image. */
async function seedSignature(registry: string, indexDigest: string): Promise<void> {
  const push = pusher(registry, 'artifacts/app')
  const config = await push.blob(OCI_CONFIG, {
    architecture: '',
    os: '',
    rootfs: { type: 'layers', diff_ids: [] },
  })
  const payload = await push.blob('application/vnd.dev.cosign.simplesigning.v1+json', {
    critical: { image: { 'docker-manifest-digest': indexDigest }, type: 'cosign container image signature' },
  })
  const layer = { ...payload, annotations: { 'dev.cosignproject.cosign/signature': 'MEUCIQ==' } }
  await push.manifest(OCI_MANIFEST, { config, layers: [layer] }, `${indexDigest.replace(':', '-')}.sig`)
}

/** An index as `docker buildx build --provenance` pushes it. */
async function seedAttested(registry: string): Promise<void> {
  const push = pusher(registry, 'artifacts/attested')
  const statement = {
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType: 'https://slsa.dev/provenance/v0.2',
  }
  const image = await push.manifest(OCI_MANIFEST, {
    config: await push.blob(OCI_CONFIG, {
      architecture: 'amd64',
      os: 'linux',
      config: { Entrypoint: ['/attested'] },
      rootfs: { type: 'layers', diff_ids: [] },
    }),
    layers: [],
  })
  const predicate = { 'in-toto.io/predicate-type': statement.predicateType }
  const attestation = await push.manifest(OCI_MANIFEST, {
    config: await push.blob(OCI_CONFIG, {
      architecture: 'unknown',
      os: 'unknown',
      rootfs: { type: 'layers', diff_ids: [] },
    }),
    layers: [{ ...(await push.blob('application/vnd.in-toto+json', statement)), annotations: predicate }],
  })
  const manifests = [
    { ...image, platform: { architecture: 'amd64', os: 'linux' } },
    {
      ...attestation,
      annotations: {
        'vnd.docker.reference.digest': image.digest,
        'vnd.docker.reference.type': 'attestation-manifest',
      },
      platform: { architecture: 'unknown', os: 'unknown' },
    },
  ]
  await push.manifest(OCI_INDEX, { manifests }, 'latest')
}

/** artifacts/app, artifacts/files, artifacts/attested and charts/webshop. */
export async function seedArtifacts(registry: string, folder: string): Promise<SeededArtifacts> {
  await seedImages(registry, folder)
  await seedFiles(registry, folder)
  const indexDigest = (
    await run(tool('crane'), ['digest', `${registry}/artifacts/app:index`, '--insecure'])
  ).trim()
  await seedSignature(registry, indexDigest)
  await seedAttested(registry)
  return { indexDigest }
}
