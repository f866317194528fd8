import { expect, test } from 'vitest'
import type { Digest } from '../../shared/oci/digest.ts'
import { FreedBlobs } from './explore.ts'

const blobs = (sizes: Readonly<Record<string, number | undefined>>) =>
  new Map(Object.entries(sizes).map(([name, size]) => [name as Digest, size]))
/** 30 bytes: `c` is kept. */
function freed(): FreedBlobs {
  const made = new FreedBlobs()
  made.add(blobs({ a: 10, b: 20, c: 40 }))
  made.add(blobs({ a: 10 }))
  made.keep(blobs({ c: 40 }).keys())
  return made
}

test('each freed blob counts once, unless a kept manifest uses it', () => {
  expect(freed().total()).toEqual({ bytes: 30 })
})

test('an unread deleted manifest may free more: a lower bound', () => {
  const made = freed()
  made.skipDeleted()
  expect(made.total()).toEqual({ bytes: 30, partial: true })
})

test('an unread kept manifest may still use all of them: an upper bound, and nothing is certain', () => {
  const made = freed()
  made.skipKept()
  expect(made.total()).toEqual({ bytes: 0, partial: true, bytesAtMost: 30 })
})

test('both: no bound is known', () => {
  const made = freed()
  made.skipDeleted()
  made.skipKept()
  expect(made.total()).toEqual({ bytes: 0, partial: true })
})

test('an unread kept manifest makes no difference if nothing is freed', () => {
  const made = freed()
  made.keep(blobs({ a: 0, b: 0 }).keys())
  made.skipKept()
  expect(made.total()).toEqual({ bytes: 0 })
})

test('an unknown size makes the sum a lower bound, unless another manifest has the size', () => {
  const made = freed()
  made.add(blobs({ d: undefined }))
  expect(made.total()).toEqual({ bytes: 30, partial: true })
  made.add(blobs({ d: 5 }))
  expect(made.total()).toEqual({ bytes: 35 })
  made.add(blobs({ e: undefined }))
  made.skipKept()
  expect(made.total()).toEqual({ bytes: 0, partial: true })
})
