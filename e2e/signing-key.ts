// The key that a token server signs with, in the forms that registries of each release want.

import { createHash, createPublicKey } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './processes.ts'

export interface SigningKey {
  readonly keyFile: string
  readonly certFile: string
  /** A JWK set whose key id is the one that tokens carry: for distribution 3, which computes ids otherwise. */
  readonly jwksFile: string
  /** libtrust's key id: what docker_auth and distribution 2 use. */
  readonly keyId: string
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** libtrust: the first 240 bits of the SHA-256 of the public key's DER, in base32, in twelve groups of four. */
export function libtrustKeyId(der: Buffer): string {
  const bits = [...createHash('sha256').update(der).digest().subarray(0, 30)]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('')
  const letters = (bits.match(/.{5}/g) ?? []).map((five) => BASE32[Number.parseInt(five, 2)]).join('')
  return (letters.match(/.{4}/g) ?? []).join(':')
}

export async function createSigningKey(folder: string): Promise<SigningKey> {
  const [keyFile, certFile, jwksFile] = [
    join(folder, 'token.key'),
    join(folder, 'token.crt'),
    join(folder, 'jwks.json'),
  ]
  await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=gantry tests',
    '-keyout',
    keyFile,
    '-out',
    certFile,
  ])
  const publicKey = createPublicKey(readFileSync(certFile))
  const keyId = libtrustKeyId(publicKey.export({ type: 'spki', format: 'der' }))
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: keyId, alg: 'RS256', use: 'sig' }
  writeFileSync(jwksFile, JSON.stringify({ keys: [jwk] }))
  return { keyFile, certFile, jwksFile, keyId }
}
