import { expect, test } from 'vitest'
import { createTurns, type Turn, type Turns } from './turns.ts'

const left = new Error('left')
/** A stream of a session, which is its own subject. */
const session = (visitor: string, repository = 'r') => ({ visitor, subject: visitor, repository })
/** Queues one request that writes its name when it starts. */
function enqueue(turn: Turn | undefined, log: string[], name: string, first = false): void {
  turn?.wait({ start: () => log.push(name), cancel: ({ message }) => log.push(`${name} ${message}`) }, first)
}
function drain(turns: Turns, count: number): void {
  for (let n = 0; n < count; n++) turns.take()?.start()
}

test('visitors take turns, however much one of them wants', () => {
  const turns = createTurns()
  const log: string[] = []
  const greedy = turns.enter(session('a'))
  for (let n = 1; n <= 500; n++) enqueue(greedy, log, `a${n}`)
  const modest = turns.enter(session('b'))
  for (const name of ['b1', 'b2']) enqueue(modest, log, name)
  drain(turns, 6)
  expect(log).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'a4'])
})

test('a visitor’s two streams share its turn, and a third waits for one of them to end', () => {
  const turns = createTurns()
  const log: string[] = []
  const [one, two, three] = ['a', 'a', 'a'].map((visitor) => turns.enter(session(visitor)))
  const other = turns.enter(session('b'))
  for (const n of [1, 2, 3]) {
    enqueue(one, log, `one${n}`)
    enqueue(two, log, `two${n}`)
    enqueue(three, log, `three${n}`)
    enqueue(other, log, `b${n}`)
  }
  drain(turns, 5)
  expect(log).toEqual(['one1', 'b1', 'two1', 'b2', 'one2'])
  log.length = 0
  one?.leave(left)
  drain(turns, 5)
  expect(log).toEqual(['one3 left', 'b3', 'three1', 'two2', 'three2', 'two3'])
})

test('what finishes a row comes before what begins one', () => {
  const turns = createTurns()
  const log: string[] = []
  const turn = turns.enter(session('a'))
  enqueue(turn, log, 'tag 1')
  enqueue(turn, log, 'tag 2')
  enqueue(turn, log, 'config', true)
  drain(turns, 3)
  expect(log).toEqual(['config', 'tag 1', 'tag 2'])
})

test('a subject who has to wait holds up nobody else', () => {
  const turns = createTurns()
  const log: string[] = []
  const slow = turns.enter(session('a'))
  enqueue(slow, log, 'a')
  enqueue(turns.enter(session('b')), log, 'b')
  const takeBack = [slow?.hold('subject'), slow?.hold('subject')]
  takeBack[0]?.()
  drain(turns, 2)
  expect(log).toEqual(['b'])
  takeBack[1]?.()
  drain(turns, 1)
  expect(log).toEqual(['b', 'a'])
})

test('visitors who share a subject wait together', () => {
  const turns = createTurns()
  const log: string[] = []
  const [one, two] = ['1', '2'].map((visitor) =>
    turns.enter({ visitor, subject: 'service', repository: 'r' }),
  )
  enqueue(two, log, 'two')
  one?.hold('subject')
  drain(turns, 1)
  expect(log).toEqual([])
})

test('a repository that has to wait holds up no other, not even of the same visitor', () => {
  const turns = createTurns()
  const log: string[] = []
  const streams = ['slow', 'slow', 'other'].map((repository) => turns.enter(session('a', repository)))
  for (const stream of streams) enqueue(stream, log, `a${streams.indexOf(stream)}`)
  enqueue(turns.enter(session('b', 'slow')), log, 'b slow')
  enqueue(turns.enter(session('b', 'other')), log, 'b other')
  const takeBack = streams[0]?.hold('repository')
  drain(turns, 5)
  expect(log).toEqual(['a2', 'b other'])
  takeBack?.()
  drain(turns, 3)
  expect(log.slice(2).sort()).toEqual(['a0', 'a1', 'b slow'])
})

test('whoever leaves takes back what waits, once, and leaves nothing behind', () => {
  const turns = createTurns()
  const log: string[] = []
  const turn = turns.enter(session('a'))
  enqueue(turn, log, 'a')
  turn?.leave(left)
  turn?.leave(left)
  expect([log, turns.take()]).toEqual([['a left'], undefined])
})

test('a visitor has at most 32 streams', () => {
  const turns = createTurns()
  const entered = Array.from({ length: 33 }, () => turns.enter(session('a')))
  expect(entered.filter((turn) => turn !== undefined)).toHaveLength(32)
  expect(turns.enter(session('b'))).toBeDefined()
  entered[0]?.leave(left)
  expect(turns.enter(session('a'))).toBeDefined()
})
