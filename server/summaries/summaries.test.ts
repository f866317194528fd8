import { afterEach, expect, test } from 'vitest'
import type { Repository, Tag } from '../../shared/oci/reference.ts'
import { Limiter } from '../concurrency/limiter.ts'
import { RegistryClient } from '../registry/client.ts'
import { ANONYMOUS } from '../registry/subject.ts'
import { buildImage } from '../testing/image-builder.ts'
import { createImageStore } from '../testing/image-store.ts'
import { startRegistry } from '../testing/registry/registry.ts'
import { createInfoCache } from './info-cache.ts'
import { RepositoryReader } from './reader.ts'
import { createSummaries } from './summaries.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** Summaries of a repository with tags `0` to `<count - 1>`, of which so many are kept. */
async function start(count: number, maxKept: number) {
  const store = createImageStore()
  for (let n = 0; n < count; n++) {
    const recipe = { created: '2025-01-01T00:00:00Z', steps: [{ by: `RUN ${n}` }] }
    store.tag('a', `${n}`, buildImage(store, 'a', recipe).digest)
  }
  const registry = await startRegistry({ store, auth: { type: 'none' } })
  const client = new RegistryClient({
    origin: registry.origin,
    authType: 'none',
    verifyTls: true,
    ca: undefined,
    timeoutSeconds: 5,
    tokenCacheSeconds: undefined,
    realmAllow: undefined,
    tokenServerUrl: undefined,
    loginOffered: false,
    onPasswordRefused: async () => {},
    onVerified: async () => {},
    onRealmPinned: () => {},
  })
  closers.push(registry.close, () => client.close())
  const limiterStream = new Limiter({ max: 8, share: 8, reserve: 0 }).open({
    visitor: 'test',
    subject: 'test',
    repository: 'a' as Repository,
  })
  const { signal } = new AbortController()
  const reader = new RepositoryReader(client, 5)
  const summaries = createSummaries(reader, createInfoCache(reader), maxKept)
  return {
    registry,
    rowOf: (tag: number) =>
      summaries.rowOf(
        { subject: ANONYMOUS, repository: 'a' as Repository, limiterStream, signal },
        `${tag}` as Tag,
      ),
  }
}

test('what is kept is bounded: the oldest goes first, and is made again when it is asked for', async () => {
  const { registry, rowOf } = await start(20, 4)
  for (let tag = 0; tag < 20; tag++) await rowOf(tag)
  const methodsOf = async (tag: number) => {
    registry.requests.length = 0
    expect((await rowOf(tag)).failure).toBeUndefined()
    return registry.requests.map(({ method }) => method)
  }
  expect(await methodsOf(19)).toEqual(['HEAD'])
  // its manifest and its config: the config is small and among the 5000 kept
  expect(await methodsOf(0)).toEqual(['GET'])
  expect(await methodsOf(0)).toEqual(['HEAD'])
})
