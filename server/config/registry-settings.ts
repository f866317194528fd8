// The settings about the registry, its token server and how they are reached.

import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { parseRepository } from '../../shared/oci/reference.ts'
import { classifyHost } from '../addresses.ts'
import type { ClientCertificate } from '../registry/agents.ts'
import type { Reader } from './environment.ts'

export function readRegistryOrigin(read: Reader): URL | undefined {
  const whole = read.raw('REGISTRY_URL')
  const parts = (['REGISTRY_PROTOCOL', 'REGISTRY_HOST', 'REGISTRY_PORT'] as const).filter((name) =>
    read.raw(name),
  )
  if (whole !== undefined) {
    if (parts.length > 0)
      read.problems.push(`REGISTRY_URL stands for all of ${parts.join(', ')}: use one form.`)
    return read.url('REGISTRY_URL', whole, 'origin')
  }
  const protocol = (read.raw('REGISTRY_PROTOCOL') ?? 'https').replace(/:?(?:\/\/)?$/, '').toLowerCase()
  if (protocol !== 'http' && protocol !== 'https')
    read.problems.push('REGISTRY_PROTOCOL must be http or https.')
  const host = read.raw('REGISTRY_HOST')?.trim() ?? 'localhost'
  const bare = isIP(host) === 6 ? `[${host}]` : host
  const port = read.integer('REGISTRY_PORT', 1, 65_535) ?? 5000
  const text = `${protocol === 'http' ? 'http' : 'https'}://${bare}:${port}`
  if (/[/\\@?#\s]/.test(host) || !URL.canParse(text) || (host.includes(':') && isIP(host) !== 6)) {
    read.problems.push('REGISTRY_HOST must be a host name or address alone: no scheme, port or path.')
    return undefined
  }
  return new URL(text)
}

/** `host[:port]` for pull commands; undefined if unset. */
export function readPublicAddress(read: Reader): string | undefined {
  const address = read
    .raw('REGISTRY_PUBLIC_URL')
    ?.trim()
    .replace(/^https?:\/\//, '')
    .replace(/\/+$/, '')
  if (address !== undefined && !/^[\w.-]+(?::\d{1,5})?$|^\[[\da-f:.]+\](?::\d{1,5})?$/i.test(address))
    read.problems.push('REGISTRY_PUBLIC_URL must be host or host:port, as it stands in pull commands.')
  return address
}

export function readRepositories(read: Reader): readonly string[] {
  const names = read.list('REPOSITORIES') ?? []
  if (names.some((name) => parseRepository(name) === undefined))
    read.problems.push('REPOSITORIES must list repository names by commas.')
  return names
}

export function readTokenServerUrl(read: Reader): URL | undefined {
  const url = read.url('TOKEN_SERVER_URL', read.raw('TOKEN_SERVER_URL'), 'any')
  if (url !== undefined && classifyHost(url.hostname) === 'forbidden')
    read.problems.push('TOKEN_SERVER_URL must not be a link-local, metadata or multicast address.')
  return url
}

export function readRealmAllow(read: Reader): readonly string[] | undefined {
  return read
    .list('TOKEN_REALM_ALLOW')
    ?.flatMap((text) => read.url('TOKEN_REALM_ALLOW', text, 'origin')?.origin ?? [])
}

export function readCa(read: Reader): string | undefined {
  const pem = read.file('REGISTRY_CA_FILE')
  if (pem !== undefined && !pem.includes('-----BEGIN CERTIFICATE-----'))
    read.problems.push('REGISTRY_CA_FILE holds no PEM certificate.')
  return pem
}

/** A certificate and its key, which belong together; half of them stops the start. */
export function readClientCertificate(read: Reader): ClientCertificate | undefined {
  const cert = read.file('REGISTRY_CLIENT_CERT_FILE')
  const key = read.file('REGISTRY_CLIENT_KEY_FILE')
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined || key === undefined) {
    const [set, missing] = cert === undefined ? ['KEY', 'CERT'] : ['CERT', 'KEY']
    read.problems.push(`REGISTRY_CLIENT_${set}_FILE is set but REGISTRY_CLIENT_${missing}_FILE is not.`)
    return undefined
  }
  try {
    // its own message quotes what it could not read
    if (new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) return { cert, key }
    read.problems.push('REGISTRY_CLIENT_KEY_FILE is not the key of REGISTRY_CLIENT_CERT_FILE.')
  } catch {
    read.problems.push(
      'REGISTRY_CLIENT_CERT_FILE and REGISTRY_CLIENT_KEY_FILE must be a PEM certificate and its key without a passphrase.',
    )
  }
  return undefined
}
