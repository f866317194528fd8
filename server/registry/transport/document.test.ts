import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { parseEndpoint } from '../endpoint.ts'
import { passDocument } from './document.ts'
import type { Body } from './http.ts'

const TAGS = parseEndpoint('GET', '/v2/a/tags/list')
const headers = { 'content-type': 'application/json' }
const pass = (body: Body) => passDocument(TAGS, { statusCode: 200, headers, body })
/** A stream that gives these and then ends, fails with an error among them, or waits for ever after `stall`. */
function streamOf(...chunks: (string | Error | 'stall')[]): Readable {
  return new Readable({
    read() {
      const next = chunks.shift()
      if (next instanceof Error) this.destroy(next)
      else if (next !== 'stall') this.push(next === undefined ? null : Buffer.from(next))
    },
  })
}

test('a document passes as it is, in one piece or in many', async () => {
  const whole = Buffer.from('{"tags":[]}')
  expect(await pass(whole)).toBe(whole)
  expect(await text((await pass(streamOf('{"ta', 'gs":', '[]}'))) as Readable)).toBe('{"tags":[]}')
})

test('who reads no further closes the source, also one that has nothing more to say', async () => {
  const source = streamOf('{', 'x', 'stall')
  const passed = (await pass(source)) as Readable
  await passed.iterator({ destroyOnReturn: false }).next()
  passed.destroy()
  await expect.poll(() => passed.closed && source.closed).toBe(true)
})

test('a source that fails before its first byte is a failure, later a broken stream', async () => {
  await expect(pass(streamOf(new Error('reset')))).rejects.toThrow('reset')
  const passed = (await pass(streamOf('{', new Error('reset')))) as Readable
  await expect(text(passed)).rejects.toThrow('reset')
})

test('what is refused is closed', async () => {
  const source = streamOf('<html>', 'x', 'stall')
  await expect(pass(source)).rejects.toMatchObject({ statusCode: 502, reason: 'bad_answer' })
  await expect.poll(() => source.closed).toBe(true)
})
