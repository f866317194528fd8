// @vitest-environment happy-dom
import { QueryClientProvider } from '@tanstack/react-query'
import { act } from 'react'
import { expect, test, vi } from 'vitest'
import type { Tag } from '../../../shared/oci/reference.ts'
import { createQueryClient } from '../../api/query-client.ts'
import { createTestRoot } from '../../test-root.ts'
import { type TagFilter, useTagFilter } from './use-tag-filter.ts'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const network = vi.hoisted(() => ({ down: false }))
vi.mock('./pattern.ts', async (load) => {
  const module = await load<typeof import('./pattern.ts')>()
  return {
    // the module stays loaded in a test: what fails here is the first use of it
    get compilePattern() {
      if (network.down) throw new TypeError('Failed to fetch dynamically imported module')
      return module.compilePattern
    },
  }
})

const tags = ['1.0', '1.1', '2.0-RC'] as Tag[]

async function setup() {
  const queryClient = createQueryClient(() => {})
  const now: { filter: TagFilter } = { filter: { matches: undefined, problem: undefined } }
  function Field({ text }: { text: string }) {
    now.filter = useTagFilter(text, tags)
    return null
  }
  const root = createTestRoot(document.createElement('div'))
  const type = async (text: string) => {
    await act(async () =>
      root.render(
        <QueryClientProvider client={queryClient}>
          <Field text={text} />
        </QueryClientProvider>,
      ),
    )
  }
  return { now, type, found: () => tags.filter((tag) => now.filter.matches?.(tag) ?? true) }
}
/** The engine is loaded and works in slices: however long that takes here. */
const settled = (check: () => void) =>
  vi.waitFor(
    async () => {
      await act(() => new Promise((resolve) => setTimeout(resolve, 10)))
      check()
    },
    { timeout: 10_000 },
  )

test('parts and patterns, one after the other', async () => {
  const { now, type, found } = await setup()
  for (const [text, expected] of [
    ['', tags],
    ['1.', ['1.0', '1.1']],
    ['/0$/', ['1.0']],
    ['/rc/', []],
    ['/rc/i', ['2.0-RC']],
    [' rc ', ['2.0-RC']],
    ['', tags],
  ] as const) {
    await type(text)
    await settled(() => expect(found()).toEqual(expected))
    expect(now.filter.problem).toBeUndefined()
  }
})

test.each([
  ['/(/', 'No regular expression'],
  ['/a/g', 'The only flag is i'],
  [`/${'a'.repeat(200)}/`, 'No regular expression (too long)'],
])('%s: %s', async (text, problem) => {
  const { now, type, found } = await setup()
  await type(text)
  await settled(() => expect(now.filter).toMatchObject({ problem }))
  expect(now.filter.retry).toBeUndefined()
  expect(found()).toEqual([])
})

test('an engine that cannot be loaded is said, and tried again', async () => {
  const { now, type, found } = await setup()
  network.down = true
  await type('/0$/')
  await settled(() => expect(now.filter.problem).toBe('Patterns could not be loaded'))
  expect(found()).toEqual([])
  network.down = false
  await act(async () => now.filter.retry?.())
  await settled(() => expect(found()).toEqual(['1.0']))
  expect(now.filter.problem).toBeUndefined()
})
