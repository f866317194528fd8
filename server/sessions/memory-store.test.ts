import { noteEnds, testVault } from '../testing/session-store-contract.ts'
import { createMemoryVault } from './memory-store.ts'

const create = () => {
  let now = 0
  const vault = createMemoryVault({
    idleSeconds: 100,
    maxSeconds: 300,
    maxSessions: 5,
    now: () => now,
  })
  return {
    ...noteEnds(vault),
    pass(seconds: number) {
      now += seconds * 1000
    },
  }
}

testVault('memory', create, { bounded: true })
