// @vitest-environment happy-dom

import { QueryClientProvider } from '@tanstack/react-query'
import { act, Suspense } from 'react'
import { createMemoryRouter, RouterProvider } from 'react-router'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { parseReference } from '../../../shared/oci/reference.ts'
import { createQueryClient } from '../../api/query-client.ts'
import { DeletionContext } from '../../features/deletion/deletion-request.ts'
import { createTestRoot } from '../../test-root.ts'
import { TagsPane } from './tags-pane.tsx'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
beforeEach(() => localStorage.clear())
afterEach(() => vi.unstubAllGlobals())

/** A registry with these tags, whose list may fail. */
function setup(tags: readonly string[], headers: Record<string, string> = {}) {
  const state = { listFails: false, summaries: [] as string[][] }
  vi.stubGlobal('fetch', async (_url: string, { body }: { body: string | null }) => {
    if (body === null)
      return state.listFails
        ? Response.json({ errors: [{ code: 'UNAVAILABLE', message: 'Down just now.' }] }, { status: 502 })
        : Response.json({ tags }, { headers })
    const asked = (JSON.parse(body) as { tags: string[] }).tags
    state.summaries.push(asked)
    return new Response(
      asked
        .map(
          (tag) => `${JSON.stringify({ tag, digest: 'sha256:a', mediaType: 'm', platforms: [], size: 1 })}\n`,
        )
        .join(''),
    )
  })
  return state
}

async function open(search: string, onDelete?: (tags: readonly string[]) => void) {
  const reference = parseReference('team/app')!
  const queryClient = createQueryClient(() => {})
  const router = createMemoryRouter(
    [
      {
        path: '/r/*',
        element: (
          <DeletionContext value={onDelete}>
            <TagsPane reference={reference} />
          </DeletionContext>
        ),
      },
    ],
    {
      initialEntries: [`/r/team/app${search}`],
    },
  )
  const element = document.createElement('div')
  await act(async () => {
    createTestRoot(element).render(
      <QueryClientProvider client={queryClient}>
        <Suspense>
          <RouterProvider router={router} />
        </Suspense>
      </QueryClientProvider>,
    )
  })
  // the table, or what stands in its place
  await settled(() => expect(element.querySelector('table, small')).not.toBeNull())
  const button = (label: string) =>
    [...element.querySelectorAll('button')].find(
      (one) => (one.getAttribute('aria-label') ?? one.textContent).trim() === label,
    )
  const press = async (label: string) => {
    await settled(() => expect(button(label)).toBeDefined())
    await act(async () => button(label)?.click())
  }
  return { element, router, press }
}
/** However long the answer takes to reach the pane here. */
const settled = (check: () => void) =>
  vi.waitFor(
    async () => {
      await act(() => new Promise((resolve) => setTimeout(resolve, 5)))
      check()
    },
    { timeout: 10_000 },
  )

test('a refresh that fails says so above the list, which stays; the next one clears it', async () => {
  const state = setup(['1.0', '2.0'])
  const { element, press } = await open('')
  expect(element.querySelector('[role=alert]')).toBeNull()
  state.listFails = true
  await press('Refresh the tags')
  await settled(() => expect(element.querySelector('[role=alert]')?.textContent).toContain('Down just now.'))
  expect(element.querySelector('table')).not.toBeNull()
  state.listFails = false
  await press('Try again')
  await settled(() => expect(element.querySelector('[role=alert]')).toBeNull())
})

test('a refresh asks for all summaries again while the table is sorted by them', async () => {
  const tags = Array.from({ length: 620 }, (_, index) => `1.${index}`)
  const state = setup(tags)
  const { press } = await open('?sort=-size')
  await settled(() => expect(state.summaries.map((asked) => asked.length)).toEqual([500, 120]))
  await press('Refresh the tags')
  await settled(() => expect(new Set(state.summaries.slice(2).flat()).size).toBe(620))
})

test('what is ticked and then folded away would be deleted unseen: it is ticked no longer', async () => {
  setup(['1.0', `sha256-${'a'.repeat(64)}.sig`])
  const onDelete = vi.fn()
  const { element, press } = await open('', onDelete)
  await press('1 signature folded')
  await act(async () => element.querySelector<HTMLElement>('thead input')?.click())
  await press('1 signature shown')
  expect(element.textContent).toContain('1 of 1 selected')
  await press('Delete…')
  expect(onDelete).toHaveBeenCalledExactlyOnceWith(['1.0'])
})

test.each<[string, readonly string[], boolean]>([
  ['with tags', ['1.0', '2.0'], true],
  ['with none so far', [], false],
])(
  'a list that is incomplete, %s: said, with what came and no claim to more',
  async (_name, tags, deletes) => {
    setup(tags, { 'x-gantry-list': 'incomplete' })
    const { element } = await open('', deletes ? vi.fn() : undefined)
    expect(element.textContent).toContain('This list is incomplete')
    expect(element.querySelector('small')?.textContent).toContain(`${tags.length} and more`)
    expect(element.textContent).not.toContain('No tags')
    expect(element.querySelector('[role=alert]')).toBeNull()
    expect(element.textContent?.includes('No tag can be deleted here')).toBe(deletes)
  },
)
