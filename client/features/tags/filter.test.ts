import { expect, test } from 'vitest'
import { sift } from './filter.ts'
import { compilePattern } from './pattern.ts'

const texts = Array.from({ length: 1000 }, (_, index) => `t${index}`)
const forever = new AbortController().signal

/** A clock that only moves by what each match takes. */
function clocked(matchMs: number) {
  let now = 0
  let matched = 0
  const matches = (text: string) => {
    now += matchMs
    matched++
    return text.endsWith('7')
  }
  return { matches, now: () => now, matched: () => matched }
}

test('finds what matches, whether in one slice or in many', async () => {
  const expected = new Set(texts.filter((text) => text.endsWith('7')))
  for (const matchMs of [0, 1.5]) {
    const { matches, now } = clocked(matchMs)
    expect(await sift(texts, matches, forever, now)).toEqual(expected)
  }
})

test('the page gets its turn while it goes on', async () => {
  const { matches, now, matched } = clocked(1)
  let seen = 0
  const timer = setInterval(() => {
    seen = Math.max(seen, matched() < texts.length ? matched() : 0)
  })
  await sift(texts, matches, forever, now)
  clearInterval(timer)
  expect(seen).toBeGreaterThan(0)
})

test('what is too slow is given up', async () => {
  const { matches, now, matched } = clocked(100)
  expect(await sift(texts, matches, forever, now)).toBeUndefined()
  expect(matched()).toBe(20)
})

test('the next key ends it', async () => {
  const { matches, now, matched } = clocked(1)
  const typed = new AbortController()
  const sifting = sift(texts, matches, typed.signal, now)
  typed.abort(new Error('typed on'))
  await expect(sifting).rejects.toThrow('typed on')
  expect(matched()).toBe(10)
})

test('none at all', async () => {
  expect(await sift([], compilePattern('a', ''), forever)).toEqual(new Set())
})
