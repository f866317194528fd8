import { expect, test } from 'vitest'
import type { DeletionRequest } from '../../shared/api/deletion.ts'
import type { Tag } from '../../shared/oci/reference.ts'
import { Limiter } from '../concurrency/limiter.ts'
import { GatewayError, gatewayError } from '../errors.ts'
import type { SendOptions } from '../registry/auth/authenticator.ts'
import { parseEndpoint } from '../registry/endpoint.ts'
import { ANONYMOUS } from '../registry/subject.ts'
import type { RegistryResponse } from '../registry/transport/redirects.ts'
import { RepositoryReader } from '../summaries/reader.ts'
import { entry, REPOSITORY, start } from '../testing/deletable-world.ts'
import { TagDeletion } from './capabilities.ts'
import { Deletions } from './execute.ts'

test('a tag that was moved since is refused, and nothing deleted', async () => {
  const made = await start('single')
  made.store.tag(REPOSITORY, '1.0', String((await made.plan('2.0')).manifests[0]?.digest))
  const byTag = await made.remove('1.0', { digest: made.digests.manifest })
  expect([byTag.statusCode, entry(byTag)]).toMatchObject([
    409,
    { code: 'CONFLICT', detail: { reason: 'tag_moved', tag: '1.0' } },
  ])
  const byDigest = await made.remove(made.digests.manifest, { tags: ['1.1', '1.0'] })
  expect([byDigest.statusCode, entry(byDigest).code]).toEqual([409, 'CONFLICT'])
  expect(made.tags()).toEqual(['1.0', '1.1', '2.0', '3.0', 'latest'])
  const deletes = made.registry.requests.filter(
    ({ method, url }) => method === 'DELETE' && !url.includes('gantry-probe'),
  )
  expect(deletes).toEqual([])
})

test('a registry that takes siblings along is found out by the first deletion', async () => {
  const made = await start('with-manifest')
  expect((await made.plan('1.0')).mode).toBe('tag')
  const answer = await made.remove('1.0', { digest: made.digests.manifest, siblings: ['1.1', 'latest'] })
  expect([answer.statusCode, entry(answer)]).toMatchObject([
    409,
    { detail: { reason: 'siblings_gone', tags: ['1.1', 'latest'] } },
  ])
  expect((await made.plan('2.0')).mode).toBe('digest')
})

test.each([
  ['a body that is none', { digest: 'x' } as DeletionRequest],
  ['too many tags', { tags: Array.from({ length: 901 }, (_tag, n) => `${n}`) }],
])('%s is 400, and reaches nobody', async (_name, request) => {
  const made = await start('single')
  made.registry.requests.length = 0
  const answer = await made.remove('1.0', request)
  expect([answer.statusCode, entry(answer).code]).toEqual([400, 'REQUEST_INVALID'])
  expect(made.registry.requests.filter(({ method }) => method === 'DELETE')).toEqual([])
})

test('the registry’s refusals are told with what to change', async () => {
  const off = await start('single', { registry: { deleteEnabled: false } })
  const refused = await off.remove(off.digests.manifest)
  expect([refused.statusCode, entry(refused).code]).toEqual([405, 'UNSUPPORTED'])
  expect(entry(refused).message).toContain('REGISTRY_STORAGE_DELETE_ENABLED')

  const mira = await start('single')
  const cookie = await mira.login('mira')
  const denied = await mira.remove('1.0', undefined, cookie)
  expect([denied.statusCode, entry(denied).code]).toEqual([403, 'DENIED'])
  expect(entry(denied).message).toContain('“delete”')

  const byDigest = await start('refused')
  const single = await byDigest.remove('1.0')
  expect([single.statusCode, entry(single).code]).toEqual([405, 'UNSUPPORTED'])
  expect(entry(single).message).toContain('by their digest')
})

test('a registry that takes siblings along does so once, however many are deleted together', async () => {
  const made = await start('with-manifest')
  await made.plan('1.0')
  const [one, other] = await Promise.all([
    made.remove('1.0', { digest: made.digests.manifest, siblings: ['latest'] }),
    made.remove('2.0', { siblings: ['3.0'] }),
  ])
  expect([entry(one).detail.reason, entry(other).detail.reason]).toEqual(['siblings_gone', 'no_single_tags'])
  expect(made.tags()).toEqual(['2.0', '3.0'])
})

test('siblings that were gone before prove nothing against the registry', async () => {
  const made = await start('single')
  const answer = await made.remove('1.0', { digest: made.digests.manifest, siblings: ['was-gone'] })
  expect(answer.statusCode).toBe(202)
  expect((await made.plan('2.0')).mode).toBe('tag')
})

test('a sibling that was moved since proves nothing: what went beside it is found out', async () => {
  const made = await start('with-manifest')
  await made.plan('1.0')
  made.store.tag(REPOSITORY, 'latest', String((await made.plan('2.0')).manifests[0]?.digest))
  const answer = await made.remove('1.0', { digest: made.digests.manifest, siblings: ['1.1', 'latest'] })
  expect(entry(answer).detail).toMatchObject({ reason: 'siblings_gone', tags: ['1.1'] })
})

test('siblings that cannot be asked for afterwards spoil no deletion', async () => {
  const made = await start('single')
  const isSibling = ({ method, url }: { method: string; url: string }) =>
    method === 'HEAD' && url.endsWith('/1.1')
  made.registry.faults.add({
    match: (request) => isSibling(request) && made.tags().includes('1.0') === false,
    fault: { kind: 'respond', status: 503, headers: { 'retry-after': '0' } },
  })
  const answer = await made.remove('1.0', { digest: made.digests.manifest, siblings: ['1.1'] })
  expect(answer.statusCode).toBe(202)
  expect(made.tags()).not.toContain('1.0')
})

test('a registry that deletes no tags any more is asked again how it deletes', async () => {
  const made = await start('single')
  expect((await made.plan('1.0')).mode).toBe('tag')
  const [status, headers] = [400, { 'content-type': 'application/json' }]
  const body = JSON.stringify({ errors: [{ code: 'DIGEST_INVALID', message: 'x' }] })
  const match = ({ method, url }: { method: string; url: string }) =>
    method === 'DELETE' && !url.includes('sha256:')
  made.registry.faults.add({ match, fault: { kind: 'respond', status, headers, body } })
  expect((await made.remove('1.0')).statusCode).toBe(405)
  expect((await made.plan('1.0')).mode).toBe('digest')
})

test('asked to slow down while tags are compared, it says for how long', async () => {
  const made = await start('refused')
  const fault = { kind: 'respond', status: 429, headers: { 'retry-after': '17' } } as const
  made.registry.faults.add({ match: /\/manifests\/1\.1$/, fault })
  const answer = await made.remove(made.digests.manifest, { tags: ['1.0', '1.1'] })
  expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '17'])
  expect(made.tags()).toContain('1.0')
})

const DIGEST = `sha256:${'a'.repeat(64)}`
interface AuditedOptions {
  readonly left?: boolean
  /** The session ends while the tags are compared. */
  readonly ended?: boolean
  readonly tags?: readonly string[]
}

/** What the log says of a deletion whose registry does this. */
async function audited(
  answer: (method: string) => number | GatewayError,
  { left = false, ended = false, tags = ['1.0'] }: AuditedOptions = {},
): Promise<Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = []
  const ending = new AbortController()
  const client = {
    async send(
      { method }: { method: string },
      _subject: unknown,
      { onSent }: SendOptions,
    ): Promise<RegistryResponse> {
      if (ended) ending.abort(gatewayError('session_ended'))
      const given = answer(method)
      const wantsToken = given instanceof GatewayError && given.reason === 'token_server_down'
      if (method === 'DELETE' && !wantsToken) onSent?.()
      if (given instanceof GatewayError) throw given
      const headers = { 'docker-content-digest': DIGEST }
      return {
        statusCode: given,
        headers,
        body: Buffer.alloc(0),
        redirected: false,
        hops: 0,
        authorization: undefined,
      }
    },
  }
  const reader = new RepositoryReader(client, 5)
  const tagDeletion = new TagDeletion(client, reader)
  const deletions = new Deletions({
    client,
    reader,
    limiter: new Limiter({ max: 8, share: 8, reserve: 0 }),
    tagDeletion,
    uiUser: undefined,
  })
  const leaving = new AbortController()
  if (left) leaving.abort(new GatewayError('UNAVAILABLE', 'Nobody waits for this any more.'))
  await deletions
    .run({
      endpoint: parseEndpoint('DELETE', `/v2/team/app/manifests/${DIGEST}`),
      subject: {
        kind: 'session',
        key: 'session:1',
        credentials: { username: 'ada', password: 'x' },
        verified: true,
        signal: ending.signal,
      },
      visitor: 'session:1',
      plan: { tags: tags as Tag[] },
      signal: leaving.signal,
      log: { info: (line: Record<string, unknown>) => lines.push(line) } as never,
      requestId: 'r-1',
    })
    .catch(() => {})
  return lines
}
const onDelete = (given: number | GatewayError) => (method: string) => (method === 'DELETE' ? given : 200)
const down = (reason: 'timeout' | 'token_server_down') => new GatewayError('UNAVAILABLE', 'x', { reason })

test.each([
  ['done', onDelete(202), {}, 'deleted'],
  ['refused', onDelete(405), {}, 'not deleted: the registry answered 405'],
  ['failed', onDelete(502), {}, 'unknown: the registry answered 502'],
  ['not allowed', onDelete(new GatewayError('DENIED', 'x')), {}, 'not deleted: DENIED'],
  ['never answered', onDelete(down('timeout')), {}, 'unknown: timeout'],
  ['never sent, for want of a token', onDelete(down('token_server_down')), {}, 'not deleted: UNAVAILABLE'],
  ['never sent, since the comparison failed', () => down('timeout'), {}, 'not deleted: UNAVAILABLE'],
  ['never sent, since nobody waits', onDelete(202), { left: true }, 'not deleted: UNAVAILABLE'],
  ['never sent, since the session has ended', onDelete(202), { ended: true }, 'not deleted: UNAUTHORIZED'],
])(
  'the log has one line, and the truth, for a deletion that was %s',
  async (_name, answer, options, result) => {
    expect(await audited(answer, options)).toEqual([
      {
        audit: 'deletion',
        who: 'ada',
        repository: 'team/app',
        digest: DIGEST,
        tags: ['1.0'],
        result,
        requestId: 'r-1',
      },
    ])
  },
)

test('the log names the first 50 tags and counts the others', async () => {
  const tags = Array.from({ length: 60 }, (_tag, n) => `t${n}`)
  const [line] = await audited(onDelete(202), { tags })
  expect(line).toMatchObject({ tags: tags.slice(0, 50), moreTags: 10 })
})

test('six deletions at once ask the registry for no more than the limiter allows', async () => {
  let [running, most] = [0, 0]
  const client = {
    async send({ method }: { method: string }): Promise<RegistryResponse> {
      most = Math.max(most, ++running)
      await new Promise(setImmediate)
      running--
      const headers = { 'docker-content-digest': DIGEST }
      const statusCode = method === 'DELETE' ? 202 : 200
      return {
        statusCode,
        headers,
        body: Buffer.alloc(0),
        redirected: false,
        hops: 0,
        authorization: undefined,
      }
    },
  }
  const reader = new RepositoryReader(client, 5)
  const tagDeletion = new TagDeletion(client, reader)
  const limiter = new Limiter({ max: 4, share: 4, reserve: 0 })
  const deletions = new Deletions({ client, reader, limiter, tagDeletion, uiUser: undefined })
  const remove = () =>
    deletions.run({
      endpoint: parseEndpoint('DELETE', `/v2/team/app/manifests/${DIGEST}`),
      subject: ANONYMOUS,
      visitor: 'anonymous',
      plan: { tags: Array.from({ length: 100 }, (_tag, n) => `t${n}` as Tag) },
      signal: new AbortController().signal,
      log: { info: () => {} },
      requestId: 'r-1',
    })
  const answers = await Promise.all(Array.from({ length: 6 }, remove))
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(6).fill(202))
  expect(most).toBe(4)
})

test('a tag whose HEAD says nothing is compared by what a GET says', async () => {
  const made = await start('single')
  made.registry.faults.add({
    match: ({ method }) => method === 'HEAD',
    fault: { kind: 'respond', status: 404 },
  })
  // planned as broken, and pushed since
  expect((await made.remove('1.0', { digest: null })).statusCode).toBe(409)
  expect((await made.remove('1.0', { digest: made.digests.manifest })).statusCode).toBe(202)
  expect((await made.remove('1.0', { digest: made.digests.manifest })).statusCode).toBe(409)
  expect((await made.remove('1.0', { digest: null })).statusCode).toBe(404)
})
