// @vitest-environment happy-dom
import { QueryClient } from '@tanstack/react-query'
import { afterEach, expect, test, vi } from 'vitest'
import type { Repository } from '../../shared/oci/reference.ts'
import { manifestOf } from './manifests.ts'

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const NAMED = `sha256:${'a'.repeat(64)}`
const text = JSON.stringify({ schemaVersion: 2, config: { digest: NAMED }, layers: [] })
/** What `sha256sum` says of it. */
const hash = 'sha256:9dafe9736ba8ab8fb20f05f3055721adfc56b9b8a011265f5a9b237608156f58'

afterEach(() => vi.unstubAllGlobals())

function fetchManifest(reference: string, headers: Record<string, string>, body = text) {
  // plain http: there is no crypto.subtle
  vi.stubGlobal('crypto', {})
  vi.stubGlobal('fetch', async () => new Response(body, { headers }))
  return new QueryClient().fetchQuery(manifestOf('a' as Repository, reference))
}

test.each<[string, string, Record<string, string>, string | undefined, string]>([
  ['as the registry names it', '1.0', { 'docker-content-digest': NAMED }, NAMED, NAMED],
  ['as it was asked for', NAMED, {}, NAMED, NAMED],
  ['by its bytes where nobody names it', '1.0', {}, undefined, hash],
  ['by its bytes where what names it is no digest', '1.0', { 'docker-content-digest': 'x' }, undefined, hash],
])('the digest of a manifest, %s', async (_name, reference, headers, named, digest) => {
  const fetched = await fetchManifest(reference, { 'content-type': OCI_MANIFEST, ...headers })
  expect([fetched.named, fetched.digest]).toEqual([named, digest])
})

test('of schema 1 nobody can tell: its bytes are not what is named', async () => {
  const fetched = await fetchManifest('1.0', {}, '{"schemaVersion":1,"signatures":[{}]}')
  expect([fetched.manifest.kind, fetched.digest]).toEqual(['unsupported', undefined])
})
