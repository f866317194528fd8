import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  DOCKER_MANIFEST,
  DOCKER_MANIFEST_LIST,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../../shared/oci/media-types.ts'
import { createImageStore, digestOf, type ImageStore } from '../image-store.ts'
import { type DemoRegistry, type RegistryAuth, type RegistryOptions, startRegistry } from './registry.ts'

const LAYER = Buffer.from('0123456789')
const ABSENT = digestOf(Buffer.from('absent'))
const PULL_TOKEN = 'may-pull'

function sampleStore(): ImageStore {
  const store = createImageStore()
  store.putBlob('team/app', LAYER)
  const image = store.putManifest('team/app', DOCKER_MANIFEST, { schemaVersion: 2 }, 'plain')
  store.putManifest('team/app', OCI_MANIFEST, { schemaVersion: 2, mediaType: OCI_MANIFEST }, 'v1', 'latest')
  store.putManifest('team/app', OCI_INDEX, { schemaVersion: 2, manifests: [] }, 'index')
  const platform = { os: 'linux', architecture: 'amd64' }
  store.putManifest(
    'team/app',
    DOCKER_MANIFEST_LIST,
    { manifests: [{ digest: image.digest, platform }] },
    'list',
  )
  store.tag('team/app', 'broken', ABSENT)
  store.addRepository('team/empty')
  store.addRepository('Ünsorted')
  return store
}

const TOKEN_AUTH: RegistryAuth = {
  type: 'token',
  realm: 'https://tokens.example/auth',
  service: 'demo',
  verifyToken: (token) =>
    token === PULL_TOKEN ? [{ type: 'repository', name: 'team/app', actions: ['pull'] }] : undefined,
}

let registry: DemoRegistry
let store: ImageStore

async function restart(options: Partial<RegistryOptions> = {}) {
  await registry?.close()
  store = sampleStore()
  registry = await startRegistry({ store, auth: { type: 'none' }, ...options })
}

beforeEach(() => restart())
afterEach(() => registry.close())

function ask(path: string, init: RequestInit = {}) {
  return fetch(new URL(path, registry.origin), { redirect: 'manual', ...init })
}

async function codeOf(response: Response): Promise<[number, string]> {
  const { errors } = (await response.json()) as { errors: { code: string }[] }
  return [response.status, errors[0]?.code ?? '']
}

describe('lists', () => {
  test('the ping names the API version', async () => {
    const response = await ask('/v2/')
    expect(await response.json()).toEqual({})
    expect(response.headers.get('docker-distribution-api-version')).toBe('registry/2.0')
  })

  test('following Link shows every repository once, in byte order', async () => {
    for (let index = 0; index < 250; index++) store.addRepository(`many/r${index}`)
    const seen: string[] = []
    let next: string | undefined = '/v2/_catalog'
    while (next !== undefined) {
      const response = await ask(next)
      seen.push(...((await response.json()) as { repositories: string[] }).repositories)
      next = /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1]
    }
    expect(registry.requests.map(({ url }) => url)).toHaveLength(3)
    expect(seen).toEqual([...store.repositories()])
    expect(seen.at(-1)).toBe('Ünsorted')
  })

  test.each([
    ['more than the maximum', 'n=1001', 400],
    ['negative', 'n=-1', 400],
    ['no number', 'n=ten', 400],
    ['exactly the maximum', 'n=1000', 200],
    ['none', 'n=0', 200],
    ['a last that is not there', 'last=zzz', 200],
  ])('catalog page size: %s', async (_name, query, status) => {
    const response = await ask(`/v2/_catalog?${query}`)
    expect(response.status).toBe(status)
    if (status === 400) expect(await codeOf(response)).toEqual([400, 'PAGINATION_NUMBER_INVALID'])
  })

  test('tags are listed all at once without n, and in pages with it', async () => {
    expect(await (await ask('/v2/team/app/tags/list')).json()).toEqual({
      name: 'team/app',
      tags: ['broken', 'index', 'latest', 'list', 'plain', 'v1'],
    })
    const page = await ask('/v2/team/app/tags/list?n=2&last=index')
    expect(await page.json()).toEqual({ name: 'team/app', tags: ['latest', 'list'] })
    expect(page.headers.get('link')).toBe('</v2/team/app/tags/list?last=list&n=2>; rel="next"')
    expect((await ask('/v2/team/app/tags/list?n=2&last=list')).headers.get('link')).toBeNull()
  })

  test('the tags of an empty repository are null, as Go writes an empty list', async () => {
    expect(await (await ask('/v2/team/empty/tags/list')).json()).toEqual({ name: 'team/empty', tags: null })
  })
})

describe('manifests', () => {
  test.each([
    ['Docker image, nothing accepted', 'plain', '', 200],
    ['OCI image, named', 'v1', OCI_MANIFEST, 200],
    ['OCI image among others with a quality', 'v1', `${DOCKER_MANIFEST}, ${OCI_MANIFEST};q=0.5`, 200],
    ['OCI image, wildcard', 'v1', '*/*', 404],
    ['OCI index, only images accepted', 'index', OCI_MANIFEST, 404],
    ['unknown tag', 'nope', OCI_MANIFEST, 404],
    ['tag whose manifest is gone', 'broken', OCI_MANIFEST, 404],
  ])('by tag: %s', async (_name, tag, accept, status) => {
    const response = await ask(`/v2/team/app/manifests/${tag}`, { headers: { accept } })
    if (status === 404) expect(await codeOf(response)).toEqual([404, 'MANIFEST_UNKNOWN'])
    else
      expect(digestOf(Buffer.from(await response.arrayBuffer()))).toBe(
        response.headers.get('docker-content-digest'),
      )
  })

  test('a list becomes its linux/amd64 image for a client that does not know lists', async () => {
    const type = async (accept: string) =>
      (await ask('/v2/team/app/manifests/list', { headers: { accept } })).headers.get('content-type')
    expect(await type(DOCKER_MANIFEST)).toBe(DOCKER_MANIFEST)
    expect(await type(DOCKER_MANIFEST_LIST)).toBe(DOCKER_MANIFEST_LIST)
  })

  test('HEAD has the headers of GET and no body; a known ETag is 304', async () => {
    const head = await ask('/v2/team/app/manifests/plain', { method: 'HEAD' })
    const etag = head.headers.get('etag') ?? ''
    expect(etag).toBe(`"${store.repository('team/app')?.tags.get('plain')}"`)
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0)
    expect(await head.text()).toBe('')
    const again = await ask('/v2/team/app/manifests/plain', { headers: { 'if-none-match': etag } })
    expect(again.status).toBe(304)
  })

  test('deleting a tag keeps its siblings, deleting a digest takes them all', async () => {
    await restart({ deleteEnabled: true })
    const digest = store.repository('team/app')?.tags.get('v1') ?? ''
    expect((await ask('/v2/team/app/manifests/v1', { method: 'DELETE' })).status).toBe(202)
    expect([...(store.repository('team/app')?.tags.keys() ?? [])]).toContain('latest')
    expect((await ask(`/v2/team/app/manifests/${digest}`, { method: 'DELETE' })).status).toBe(202)
    expect([...(store.repository('team/app')?.tags.keys() ?? [])]).not.toContain('latest')
    expect(await codeOf(await ask('/v2/team/app/manifests/v1', { method: 'DELETE' }))).toEqual([
      404,
      'MANIFEST_UNKNOWN',
    ])
  })

  test.each(['DELETE', 'PUT', 'POST', 'PATCH'])('%s is unsupported unless enabled', async (method) => {
    expect(await codeOf(await ask('/v2/team/app/manifests/v1', { method }))).toEqual([405, 'UNSUPPORTED'])
  })
})

describe('blobs', () => {
  test.each([
    ['whole', undefined, 200, '0123456789', null],
    ['from the start', 'bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['to the end', 'bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['the last bytes', 'bytes=-2', 206, '89', 'bytes 8-9/10'],
    ['more than there is', 'bytes=5-99', 206, '56789', 'bytes 5-9/10'],
    ['behind the end', 'bytes=10-', 416, '', 'bytes */10'],
    ['no byte at all', 'bytes=-0', 416, '', 'bytes */10'],
    ['backwards', 'bytes=5-2', 200, '0123456789', null],
    ['another unit', 'lines=1-2', 200, '0123456789', null],
  ])('range: %s', async (_name, range, status, body, contentRange) => {
    const response = await ask(`/v2/team/app/blobs/${digestOf(LAYER)}`, range ? { headers: { range } } : {})
    expect([response.status, await response.text()]).toEqual([status, body])
    expect(response.headers.get('content-range')).toBe(contentRange)
  })

  test.each([
    ['unknown', `/v2/team/app/blobs/${ABSENT}`, [404, 'BLOB_UNKNOWN']],
    ['of another repository', `/v2/team/empty/blobs/${digestOf(LAYER)}`, [404, 'BLOB_UNKNOWN']],
    ['malformed digest', `/v2/team/app/blobs/sha256:${'a'.repeat(63)}`, [400, 'DIGEST_INVALID']],
    ['tags of an unknown repository', '/v2/nope/tags/list', [404, 'NAME_UNKNOWN']],
  ])('%s', async (_name, path, expected) => {
    expect(await codeOf(await ask(path))).toEqual(expected)
  })

  test.each([
    '/',
    '/v2/Upper/tags/list',
    '/v2/a//b/tags/list',
    '/v2/%zz',
    '/v2/team/app/blobs/latest',
    '/v2/x',
  ])('no such route: %s', async (path) => {
    const response = await ask(path)
    expect([response.status, await response.text()]).toEqual([404, '404 page not found\n'])
  })
})

describe('referrers', () => {
  const sbom = (subject: string) => ({
    artifactType: 'text/sbom',
    subject: { digest: subject },
    config: {},
    layers: [],
  })

  test('lists what refers to a digest, filtered on demand', async () => {
    const subject = store.repository('team/app')?.tags.get('v1') ?? ''
    const { digest } = store.putManifest('team/app', OCI_MANIFEST, sbom(subject))
    const all = await ask(`/v2/team/app/referrers/${subject}`)
    expect(all.headers.get('content-type')).toBe(OCI_INDEX)
    expect(await all.json()).toMatchObject({ manifests: [{ digest, artifactType: 'text/sbom' }] })
    const others = await ask(`/v2/team/app/referrers/${subject}?artifactType=text/other`)
    expect(others.headers.get('oci-filters-applied')).toBe('artifactType')
    expect(await others.json()).toMatchObject({ manifests: [] })
  })

  test('can be missing, as in distribution', async () => {
    await restart({ referrersApi: false })
    expect((await ask(`/v2/team/app/referrers/${ABSENT}`)).status).toBe(404)
  })
})

describe('authorization', () => {
  const REALM = 'Bearer realm="https://tokens.example/auth",service="demo"'
  const bearer = { authorization: `Bearer ${PULL_TOKEN}` }
  const APP_PULL = `${REALM},scope="repository:team/app:pull"`

  test.each([
    ['ping', 'GET', '/v2/', {}, REALM],
    ['catalog', 'GET', '/v2/_catalog', {}, `${REALM},scope="registry:catalog:*"`],
    ['pull', 'GET', '/v2/team/app/tags/list', {}, APP_PULL],
    ['delete', 'DELETE', '/v2/team/app/manifests/v1', {}, `${REALM},scope="repository:team/app:delete"`],
    [
      'a garbage token',
      'GET',
      '/v2/team/app/tags/list',
      { authorization: 'Bearer x' },
      `${APP_PULL},error="invalid_token"`,
    ],
    [
      'a token for something else',
      'GET',
      '/v2/team/empty/tags/list',
      bearer,
      `${REALM},scope="repository:team/empty:pull",error="insufficient_scope"`,
    ],
  ])('token: %s is refused with a challenge', async (_name, method, path, headers, challenge) => {
    await restart({ auth: TOKEN_AUTH })
    const response = await ask(path, { method, headers: headers as Record<string, string> })
    expect(response.headers.get('www-authenticate')).toBe(challenge)
    expect(await codeOf(response)).toEqual([401, 'UNAUTHORIZED'])
  })

  test('token: a valid one grants its own scopes, and any valid one the ping', async () => {
    await restart({ auth: TOKEN_AUTH })
    expect((await ask('/v2/team/app/tags/list', { headers: bearer })).status).toBe(200)
    expect((await ask('/v2/', { headers: bearer })).status).toBe(200)
  })

  test('an open ping leaves repositories guarded', async () => {
    await restart({ auth: TOKEN_AUTH, guardPing: false })
    expect((await ask('/v2/')).status).toBe(200)
    expect((await ask('/v2/team/app/tags/list')).status).toBe(401)
  })

  test.each([
    ['right', 'mira:secret', 200],
    ['wrong password', 'mira:wrong', 401],
    ['unknown', 'nobody:secret', 401],
    ['the name of a property of objects', 'constructor:x', 401],
  ])('basic: %s', async (_name, userinfo, status) => {
    await restart({ auth: { type: 'basic', users: { mira: 'secret' } } })
    const authorization = `Basic ${Buffer.from(userinfo).toString('base64')}`
    const response = await ask('/v2/', { headers: { authorization } })
    expect(response.status).toBe(status)
    expect(registry.requests[0]).toMatchObject({ url: '/v2/', user: userinfo.split(':')[0] })
  })
})
