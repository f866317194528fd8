import { expect, test, vi } from 'vitest'
import type { Digest } from '../../shared/oci/digest.ts'
import { OCI_CONFIG } from '../../shared/oci/media-types.ts'
import type { Repository } from '../../shared/oci/reference.ts'
import { GatewayError } from '../errors.ts'
import { ANONYMOUS } from '../registry/subject.ts'
import { InfoCache } from './info-cache.ts'
import type { RepositoryReader, RequestContext, Verified } from './reader.ts'

const digest = `sha256:${'a'.repeat(64)}` as Digest
const document: Verified = {
  digest,
  mediaType: OCI_CONFIG,
  value: { os: 'linux', architecture: 'amd64' },
  bytes: 40,
  conditional: false,
}
const limiterStream = { run: <T>(work: () => Promise<T>) => work(), reserve: async () => () => {} }
const context = (): RequestContext => ({
  subject: ANONYMOUS,
  repository: 'a' as Repository,
  limiterStream,
  signal: new AbortController().signal,
})
const errorOf = (code: GatewayError['code'], options = {}) => new GatewayError(code, 'no', options)

test.each([
  ['needs a login', errorOf('UNAUTHORIZED', { reason: 'login_required' })],
  ['has lost its session', errorOf('UNAUTHORIZED', { reason: 'session_ended' })],
  ['has a rejected password', errorOf('UNAUTHORIZED', { reason: 'password_refused' })],
  ['is a rejected service account', errorOf('UNAVAILABLE', { reason: 'service_account_refused' })],
  ['is denied', errorOf('DENIED')],
  ['sends too many requests', errorOf('TOOMANYREQUESTS', { retryAfterSeconds: 60 })],
])('a second subject sends its own request if the first one %s', async (_name, failure) => {
  const blob = vi
    .fn<RepositoryReader['blob']>()
    .mockRejectedValueOnce(failure)
    .mockResolvedValueOnce(document)
  const infoCache = new InfoCache({ blob } as unknown as RepositoryReader)
  const [first, second] = await Promise.allSettled([
    infoCache.config(context(), digest),
    infoCache.config(context(), digest),
  ])
  expect(first).toEqual({ status: 'rejected', reason: failure })
  expect(second).toMatchObject({ status: 'fulfilled', value: { platform: 'linux/amd64' } })
})

test.each([
  ['lacks it', errorOf('BLOB_UNKNOWN')],
  ['is down', errorOf('UNAVAILABLE', { reason: 'registry_down' })],
  ['is busy', errorOf('UNAVAILABLE', { reason: 'registry_down', status: 503 })],
  ['sends an invalid response', errorOf('UNAVAILABLE', { reason: 'bad_answer' })],
])('concurrent requests share one failure if the registry %s', async (_name, failure) => {
  const blob = vi.fn<RepositoryReader['blob']>().mockRejectedValue(failure)
  const infoCache = new InfoCache({ blob } as unknown as RepositoryReader)
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => infoCache.config(context(), digest)))
  expect(outcomes).toEqual(outcomes.map(() => ({ status: 'rejected', reason: failure })))
  expect(blob).toHaveBeenCalledTimes(1)
})
