import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { parseEndpoint } from '../endpoint.ts'
import { passDocument } from './document.ts'
import type { Body } from './http.ts'

const TAGS = parseEndpoint('GET', '/v2/a/tags/list')
const headers = { 'content-type': 'application/json' }
const pass = (body: Body) => passDocument(TAGS, { statusCode: 200, headers, body })
/** A stream that yields these and then ends, fails with an error among them, or waits forever after `stall`. */
function streamOf(...chunks: (string | Error | 'stall')[]): Readable {
  return new Readable({
    read() {
      const next = chunks.shift()
      if (next instanceof Error) this.destroy(next)
      else if (next !== 'stall') this.push(next === undefined ? null : Buffer.from(next))
    },
  })
}

test('a document passes unchanged, in one chunk or in many', async () => {
  const whole = Buffer.from('{"tags":[]}')
  expect(await pass(whole)).toBe(whole)
  expect(await text((await pass(streamOf('{"ta', 'gs":', '[]}'))) as Readable)).toBe('{"tags":[]}')
})

test('a reader that stops closes the source, even a silent one', async () => {
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

test('a rejected body is closed', async () => {
  const source = streamOf('<html>', 'x', 'stall')
  await expect(pass(source)).rejects.toMatchObject({ statusCode: 502, reason: 'bad_answer' })
  await expect.poll(() => source.closed).toBe(true)
})
