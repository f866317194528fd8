// Row 13 of the fault matrix: which servers may receive a password.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Certificate, selfSigned } from '../testing/certificates.ts'
import { createImageStore } from '../testing/image-store.ts'
import { startRegistry } from '../testing/registry/registry.ts'
import type { WorldOptions } from '../testing/world.ts'
import { closeAfterTest, failure, get, world } from '../testing/world.ts'

const GOOD = selfSigned('IP:127.0.0.1')
const EXPIRED = selfSigned('IP:127.0.0.1', -1)
const WRONG_HOST = selfSigned('DNS:elsewhere.example')
const ACCOUNT = { REGISTRY_USERNAME: 'admin', REGISTRY_PASSWORD: 'admin-secret' }

function caFile({ cert }: Certificate): string {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-ca-'))
  closeAfterTest(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'ca.pem'), cert)
  return join(folder, 'ca.pem')
}

/** What a certificate is, whether its authority is known, `SSL_VERIFY`, and whether it is accepted. */
const CASES: readonly [string, Certificate, boolean, string | undefined, boolean][] = [
  ['self-signed', GOOD, false, undefined, false],
  ['expired', EXPIRED, true, undefined, false],
  ['for another host', WRONG_HOST, true, undefined, false],
  ['vouched for by REGISTRY_CA_FILE', GOOD, true, undefined, true],
  ['for another host, with SSL_VERIFY=false', WRONG_HOST, false, 'false', true],
  ['expired, with SSL_VERIFY=false', EXPIRED, false, 'false', true],
]
const PLACES: readonly [string, (tls: Certificate) => WorldOptions][] = [
  ['registry', (tls) => ({ auth: 'basic', registry: { tls } })],
  ['token server', (tls) => ({ auth: 'token', tokenServer: { tls } })],
]
const ROWS = PLACES.flatMap(([place, options]) => CASES.map((row) => [place, ...row, options] as const))

test.each(ROWS)(
  'row 13: a %s whose certificate is %s: trusted or not, an untrusted one gets not one byte of HTTP',
  async (place, _name, tls, known, verify, accepted, options) => {
    const env = {
      ...ACCOUNT,
      ...(known && { REGISTRY_CA_FILE: caFile(tls) }),
      ...(verify !== undefined && { SSL_VERIFY: verify }),
      REGISTRY_AUTH_TYPE: place === 'registry' ? 'basic' : 'token',
    }
    const { app, registry, tokenServer } = await world({ ...options(tls), env })
    const response = await get(app, '/v2/_catalog')
    if (accepted) {
      expect([response.statusCode, response.json().repositories.length]).toEqual([200, 5])
      return
    }
    expect(failure(response)).toMatchObject({
      status: 502,
      code: 'UNAVAILABLE',
      reason: 'untrusted_certificate',
    })
    expect(failure(response).message).toContain(`The ${place}’s certificate`)
    expect(response.body).not.toContain('127.0.0.1')
    expect((place === 'registry' ? registry : tokenServer).requests).toEqual([])
    expect(registry.requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([])
  },
)

test('row 13: a login at an untrusted registry or token server: 502, and the password has not left', async () => {
  for (const [, options] of PLACES) {
    const { app, registry, tokenServer } = await world(options(GOOD))
    const payload = { username: 'mira', password: 'mira-secret' }
    const response = await app.inject({ method: 'POST', url: '/api/session', payload })
    expect(failure(response)).toMatchObject({ status: 502, reason: 'untrusted_certificate' })
    const shown = [...registry.requests, ...tokenServer.requests].map(({ headers }) => headers.authorization)
    expect(shown.filter(Boolean)).toEqual([])
  }
})

test('row 13: the place a download is redirected to is verified even with SSL_VERIFY=false', async () => {
  const store = await startRegistry({ store: createImageStore(), auth: { type: 'none' }, tls: GOOD })
  closeAfterTest(store.close)
  const { app, registry, digests } = await world({ auth: 'none', env: { SSL_VERIFY: 'false' } })
  registry.faults.add({ match: /blobs/, fault: { kind: 'redirect', location: `${store.origin}/signed` } })
  const response = await get(app, `/v2/payments/api/blobs/${digests.config}`)
  expect(failure(response)).toMatchObject({ status: 502, reason: 'untrusted_certificate' })
  expect(store.requests).toEqual([])
})
