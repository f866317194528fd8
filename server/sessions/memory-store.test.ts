import { noteEnds, testStore } from '../testing/session-store-contract.ts'
import { MemoryStore } from './memory-store.ts'

const create = () => {
  let now = 0
  const store = new MemoryStore({
    idleSeconds: 100,
    maxSeconds: 300,
    maxSessions: 5,
    now: () => now,
  })
  return {
    ...noteEnds(store),
    pass(seconds: number) {
      now += seconds * 1000
    },
  }
}

testStore('memory', create, { bounded: true })
