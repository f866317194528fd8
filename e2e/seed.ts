// Real images out of real files, pushed by real clients: skopeo and crane.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ACCOUNTS } from './accounts.ts'
import { run } from './processes.ts'
import { tool } from './tools.ts'

/** Where crane finds the admin's password. */
export function writeDockerConfig(folder: string, registry: string): string {
  const config = join(folder, 'docker-config')
  mkdirSync(config, { recursive: true })
  const auth = Buffer.from(`admin:${ACCOUNTS.admin.password}`).toString('base64')
  writeFileSync(join(config, 'config.json'), JSON.stringify({ auths: { [registry]: { auth } } }))
  return config
}

/** An OCI image of this machine's own base files, made by umoci, pushed by skopeo in OCI's and Docker's format. */
async function seedBase(registry: string, folder: string): Promise<void> {
  const layout = join(folder, 'layout')
  const image = `${layout}:base`
  await run(tool('umoci'), ['init', '--layout', layout])
  await run(tool('umoci'), ['new', '--image', image])
  await run(tool('umoci'), ['insert', '--image', image, '/etc/debian_version', '/etc/debian_version'])
  await run(tool('umoci'), ['insert', '--image', image, '/etc/os-release', '/etc/os-release'])
  await run(tool('umoci'), [
    'config',
    '--image',
    image,
    '--config.entrypoint',
    '/bin/cat',
    '--config.cmd',
    '/etc/os-release',
    '--config.env',
    'LANG=C.UTF-8',
    '--config.label',
    'org.opencontainers.image.title=base',
  ])
  const push = (target: string, ...more: string[]) =>
    run(tool('skopeo'), [
      'copy',
      '--dest-tls-verify=false',
      '--dest-creds',
      `admin:${ACCOUNTS.admin.password}`,
      ...more,
      `oci:${image}`,
      `docker://${registry}/${target}`,
    ])
  await push('base/debian:12')
  await push('base/debian:docker', '--format', 'v2s2')
  await push('web/storefront:1.0.0')
  await push('secret/vault:1')
}

/** Versions and a multi-platform index, by crane. */
async function seedApi(registry: string, folder: string): Promise<void> {
  const env = { DOCKER_CONFIG: writeDockerConfig(folder, registry) }
  const crane = (...args: string[]) => run(tool('crane'), args, env)
  const layer = join(folder, 'layer.tar')
  await run('tar', ['-cf', layer, '-C', '/', 'etc/debian_version', 'etc/passwd'])
  const repository = `${registry}/payments/api`
  for (const arch of ['amd64', 'arm64']) {
    await crane('append', '--insecure', '--oci-empty-base', '-f', layer, '-t', `${repository}:part-${arch}`)
    await crane(
      'mutate',
      '--insecure',
      '--set-platform',
      `linux/${arch}`,
      '--entrypoint',
      `/api,${arch}`,
      '-t',
      `${repository}:part-${arch}`,
      `${repository}:part-${arch}`,
    )
  }
  await crane(
    'index',
    'append',
    '--insecure',
    '-m',
    `${repository}:part-amd64`,
    '-m',
    `${repository}:part-arm64`,
    '-t',
    `${repository}:1.10.0`,
  )
  for (const tag of ['1.9.0', '1.10.0-rc.1', 'latest'])
    await crane('tag', '--insecure', `${repository}:1.10.0`, tag)
}

/** base/debian, web/storefront, secret/vault and payments/api. */
export async function seed(registry: string, folder: string): Promise<void> {
  await seedBase(registry, folder)
  await seedApi(registry, folder)
}
