// What the suites of deletions on real registries share: a registry for each test, and what crane sees of it.

import { test as base, expect } from '@playwright/test'
import {
  DELETABLE_REGISTRIES,
  type DeletableName,
  type DeletableOptions,
  type DeletableRegistry,
  missingDeletionTools,
  startDeletable,
} from './deletable-registries.ts'

export const REPOSITORY = 'payments/deletable'

interface Fixtures {
  /** Starts a registry that ends with the test. */
  begin(options?: DeletableOptions): Promise<DeletableRegistry>
}
export const test = base.extend<Fixtures, { deletableName: DeletableName }>({
  deletableName: [DELETABLE_REGISTRIES[0], { scope: 'worker', option: true }],
  begin: async ({ deletableName }, use) => {
    const started: DeletableRegistry[] = []
    await use(async (options) => {
      const registry = await startDeletable(deletableName, options)
      started.push(registry)
      return registry
    })
    for (const registry of started) await registry.stop()
  },
})

/** For the top of a suite: skips it by name where its programs are missing. */
export function skipWithoutTools(): void {
  test.beforeAll(({ deletableName }) => {
    const missing = missingDeletionTools(deletableName)
    test.skip(missing.length > 0, `needs ${missing.join(', ')}`)
  })
}

export const lines = (text: string) => text.split('\n').filter((line) => line !== '')
export const tagsOf = async ({ crane }: DeletableRegistry) =>
  lines(await crane('ls', `{}/${REPOSITORY}`)).sort()

/** Some things to do, four at a time: each is a process of its own. */
async function inFours<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const ahead = items.values()
  const workOn = async () => {
    for (const item of ahead) await act(item)
  }
  await Promise.all(Array.from({ length: 4 }, workOn))
}

/** The digest of each tag, read with crane. */
export async function stateOf(registry: DeletableRegistry, tags?: readonly string[]) {
  const state = new Map<string, string>()
  await inFours(tags ?? (await tagsOf(registry)), async (tag) => {
    state.set(tag, (await registry.crane('digest', `{}/${REPOSITORY}:${tag}`)).trim())
  })
  return Object.fromEntries([...state].sort())
}

/** Whether the registry deletes a tag alone. */
export const deletesTags = (name: DeletableName) => name !== 'distribution 2.8'

export { expect }
