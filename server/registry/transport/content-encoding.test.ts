import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { parseEndpoint } from '../endpoint.ts'
import { toUpstreamError } from '../upstream-errors.ts'
import { readBytes } from './body.ts'
import { unpackDocument, unpackedBody } from './content-encoding.ts'
import { BrokenOffError } from './http.ts'

const MIB = 1024 * 1024
const DOCUMENT = '{"schemaVersion":2}'
const encoded = (encoding: string | string[]) => ({ 'content-encoding': encoding })

test.each([
  ['gzip', gzipSync(DOCUMENT)],
  ['x-gzip', gzipSync(DOCUMENT)],
  ['GZIP', gzipSync(DOCUMENT)],
  ['deflate', deflateSync(DOCUMENT)],
  ['br', brotliCompressSync(DOCUMENT)],
  ['identity', Buffer.from(DOCUMENT)],
  ['', Buffer.from(DOCUMENT)],
])('%j is decompressed, at once or as a stream', async (encoding, bytes) => {
  const pieces = [...bytes].map((byte) => Buffer.from([byte]))
  for (const body of [bytes, Readable.from(pieces)])
    expect(String(await readBytes(unpackedBody(body, encoded(encoding)), MIB))).toBe(DOCUMENT)
})

test.each([
  ['zip', Buffer.from(DOCUMENT)],
  ['gzip, gzip', gzipSync(gzipSync(DOCUMENT))],
])('%j is not supported', (encoding, bytes) => {
  expect(() => unpackedBody(bytes, encoded(encoding))).toThrow('in a way that Gantry does not support')
})

test.each<[string, string, Buffer]>([
  ['plain bytes', 'gzip', Buffer.from(DOCUMENT)],
  ['nothing', 'gzip', Buffer.alloc(0)],
  ['half of it', 'gzip', gzipSync(DOCUMENT).subarray(0, 20)],
  ['more than it', 'gzip', Buffer.concat([gzipSync(DOCUMENT), Buffer.from('junk')])],
  ['half of it', 'br', brotliCompressSync(DOCUMENT.repeat(9)).subarray(0, 9)],
  ['zlib without its header', 'deflate', deflateRawSync(DOCUMENT)],
])('%s as %s is an invalid response with a message', async (_name, encoding, bytes) => {
  const failure = await readBytes(unpackedBody(bytes, encoded(encoding)), MIB).catch((error) => error)
  expect(toUpstreamError(failure, 'registry')).toMatchObject({
    reason: 'bad_answer',
    message: 'The registry’s response is compressed and cannot be unpacked.',
  })
})

test('a read that begins after the failure gets its error at once', async () => {
  const body = unpackedBody(Buffer.from('plain bytes'), encoded('gzip')) as Readable
  await expect.poll(() => body.closed).toBe(true)
  const failure = await readBytes(body, MIB).catch((error) => error)
  expect(toUpstreamError(failure, 'registry').message).toContain('cannot be unpacked')
  const left = new PassThrough().destroy()
  await expect.poll(() => left.closed).toBe(true)
  await expect(readBytes(left, MIB)).rejects.toThrow('the body ended early')
})

test('a bomb is decompressed no further than its reader reads', async () => {
  const source = Readable.from([gzipSync(Buffer.alloc(64 * MIB))])
  expect(await readBytes(unpackedBody(source, encoded('gzip')), 4 * MIB)).toBeUndefined()
  await expect.poll(() => source.destroyed).toBe(true)
})

test('a series of empty archives is limited', async () => {
  const empty = Buffer.concat(Array(10_000).fill(gzipSync('')))
  const endless = Readable.from(
    (function* () {
      for (;;) yield empty
    })(),
  )
  const body = unpackedBody(endless, encoded('gzip'))
  await expect(readBytes(body, MIB, 20_000)).rejects.toThrow('too large')
  await expect.poll(() => endless.destroyed).toBe(true)
})

test('a broken connection is reported as one', async () => {
  const source = new PassThrough()
  source.write(gzipSync(DOCUMENT).subarray(0, 12))
  const reading = text(unpackedBody(source, encoded('gzip')) as Readable)
  source.destroy(new BrokenOffError('reset'))
  await expect(reading).rejects.toThrow('reset')
})

test('closing the stream closes its source, even a silent one', async () => {
  const source = new PassThrough()
  const body = unpackedBody(source, encoded('gzip')) as Readable
  body.destroy()
  await expect.poll(() => source.destroyed).toBe(true)
})

test.each([
  ['a manifest', parseEndpoint('GET', '/v2/a/manifests/1'), 200, true],
  ['an error for a blob', parseEndpoint('GET', `/v2/a/blobs/sha256:${'a'.repeat(64)}`), 404, true],
  ['an error in an unknown encoding', parseEndpoint('GET', '/v2/'), 401, false],
  ['a blob', parseEndpoint('GET', `/v2/a/blobs/sha256:${'a'.repeat(64)}`), 200, false],
  ['the HEAD of a manifest', parseEndpoint('HEAD', '/v2/a/manifests/1'), 200, false],
  ['a manifest that has not changed', parseEndpoint('GET', '/v2/a/manifests/1'), 304, false],
  ['a part of a manifest', parseEndpoint('GET', '/v2/a/manifests/1'), 206, false],
])('%s is decompressed or passed as it is', (_name, endpoint, statusCode, isUnpacked) => {
  const encoding = statusCode === 401 ? 'compress' : 'gzip'
  const headers = { ...encoded(encoding), 'content-length': '9', etag: 'x' }
  const answer = { statusCode, headers, body: gzipSync(DOCUMENT) }
  const passed = unpackDocument(endpoint, answer)
  expect(passed.headers).toEqual(isUnpacked ? { etag: 'x' } : headers)
  if (!isUnpacked) expect(passed).toBe(answer)
})
