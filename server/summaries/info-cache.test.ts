import { expect, test, vi } from 'vitest'
import type { Digest } from '../../shared/oci/digest.ts'
import { OCI_CONFIG } from '../../shared/oci/media-types.ts'
import type { Repository } from '../../shared/oci/reference.ts'
import { GatewayError } from '../errors.ts'
import { ANONYMOUS } from '../registry/subject.ts'
import { createInfoCache } from './info-cache.ts'
import type { RepositoryReader, RequestContext, Verified } from './reader.ts'

const digest = `sha256:${'a'.repeat(64)}` as Digest
const document: Verified = {
  digest,
  mediaType: OCI_CONFIG,
  value: { os: 'linux', architecture: 'amd64' },
  bytes: 40,
  conditional: false,
}
const limiterStream = { run: <T>(ask: () => Promise<T>) => ask(), reserve: async () => () => {} }
const context = (): RequestContext => ({
  subject: ANONYMOUS,
  repository: 'a' as Repository,
  limiterStream,
  signal: new AbortController().signal,
})
const of = (code: GatewayError['code'], options = {}) => new GatewayError(code, 'no', options)

test.each([
  ['needs a login', of('UNAUTHORIZED', { reason: 'login_required' })],
  ['has no session any more', of('UNAUTHORIZED', { reason: 'session_ended' })],
  ['has a password that is refused', of('UNAUTHORIZED', { reason: 'password_refused' })],
  ['is the service account, refused', of('UNAVAILABLE', { reason: 'service_account_refused' })],
  ['may not', of('DENIED')],
  ['is asked to slow down', of('TOOMANYREQUESTS', { retryAfterSeconds: 60 })],
])('that the first who asks %s is no answer to the second, who asks too', async (_name, failure) => {
  const blob = vi
    .fn<RepositoryReader['blob']>()
    .mockRejectedValueOnce(failure)
    .mockResolvedValueOnce(document)
  const infoCache = createInfoCache({ blob } as unknown as RepositoryReader)
  const [first, second] = await Promise.allSettled([
    infoCache.config(context(), digest),
    infoCache.config(context(), digest),
  ])
  expect(first).toEqual({ status: 'rejected', reason: failure })
  expect(second).toMatchObject({ status: 'fulfilled', value: { platform: 'linux/amd64' } })
})

test.each([
  ['lacks it', of('BLOB_UNKNOWN')],
  ['is down', of('UNAVAILABLE', { reason: 'registry_down' })],
  ['is busy', of('UNAVAILABLE', { reason: 'registry_down', status: 503 })],
  ['answers nonsense', of('UNAVAILABLE', { reason: 'bad_answer' })],
])('that the registry %s is said to all who ask at once, and asked once', async (_name, failure) => {
  const blob = vi.fn<RepositoryReader['blob']>().mockRejectedValue(failure)
  const infoCache = createInfoCache({ blob } as unknown as RepositoryReader)
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => infoCache.config(context(), digest)))
  expect(outcomes).toEqual(outcomes.map(() => ({ status: 'rejected', reason: failure })))
  expect(blob).toHaveBeenCalledTimes(1)
})
