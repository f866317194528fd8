import { expect, test } from 'vitest'
import type { Digest } from '../../shared/oci/digest.ts'
import { FreedBlobs } from './freed-blobs.ts'

const blobs = (sizes: Readonly<Record<string, number | undefined>>) =>
  new Map(Object.entries(sizes).map(([name, size]) => [name as Digest, size]))
/** 30 bytes, of which `c` stays. */
function freed(): FreedBlobs {
  const made = new FreedBlobs()
  made.add(blobs({ a: 10, b: 20, c: 40 }))
  made.add(blobs({ a: 10 }))
  made.keep(blobs({ c: 40 }).keys())
  return made
}

test('each blob counts once, and not while it is kept', () => {
  expect(freed().total()).toEqual({ bytes: 30 })
})

test('what goes unread may free more: at least', () => {
  const made = freed()
  made.goingUnread()
  expect(made.total()).toEqual({ bytes: 30, partial: true })
})

test('what stays unread may use them still: at most, and nothing is certain', () => {
  const made = freed()
  made.keptUnread()
  expect(made.total()).toEqual({ bytes: 0, partial: true, bytesAtMost: 30 })
})

test('both: nobody knows', () => {
  const made = freed()
  made.goingUnread()
  made.keptUnread()
  expect(made.total()).toEqual({ bytes: 0, partial: true })
})

test('what stays unread takes nothing from nothing', () => {
  const made = freed()
  made.keep(blobs({ a: 0, b: 0 }).keys())
  made.keptUnread()
  expect(made.total()).toEqual({ bytes: 0 })
})

test('a size that is not recorded is not added up silently, unless another manifest says it', () => {
  const made = freed()
  made.add(blobs({ d: undefined }))
  expect(made.total()).toEqual({ bytes: 30, partial: true })
  made.add(blobs({ d: 5 }))
  expect(made.total()).toEqual({ bytes: 35 })
  made.add(blobs({ e: undefined }))
  made.keptUnread()
  expect(made.total()).toEqual({ bytes: 0, partial: true })
})
