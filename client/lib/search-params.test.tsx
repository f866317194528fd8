// @vitest-environment happy-dom
import { act } from 'react'
import { createMemoryRouter, RouterProvider } from 'react-router'
import { beforeEach, expect, test } from 'vitest'
import { useFlatView } from '../features/repositories/use-flat-view.ts'
import { useTagView } from '../features/tags/use-tag-view.ts'
import { createTestRoot } from '../test-root.ts'
import { readPreferences, remember } from './preferences.ts'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
beforeEach(() => localStorage.clear())

/** The table of tags and the list of repositories, of which one is what the page is about. */
async function open(address: string) {
  const shown = {} as { tags: ReturnType<typeof useTagView>; flat: ReturnType<typeof useFlatView> }
  function Page() {
    const isList = router.state.location.pathname === '/'
    shown.flat = useFlatView(isList)
    shown.tags = useTagView(!isList)
    return null
  }
  const router = createMemoryRouter([{ path: '*', element: <Page /> }], { initialEntries: [address] })
  let navigations = 0
  router.subscribe(({ navigation }) => {
    if (navigation.state === 'idle') navigations++
  })
  await act(async () =>
    createTestRoot(document.createElement('div')).render(<RouterProvider router={router} />),
  )
  return {
    shown,
    router,
    search: () => router.state.location.search,
    navigations: () => navigations,
  }
}

test('what is as everybody has it is not said', async () => {
  for (const address of ['/', '/r/team/app', '/r/team/app?filter=1.']) {
    const { router, navigations } = await open(address)
    expect(router.state.location.pathname + router.state.location.search).toBe(address)
    expect(navigations()).toBe(0)
  }
})

test.each([
  ['/r/team/app', '?sort=-size&columns=created%2Csize'],
  ['/r/team/app?filter=1.', '?filter=1.&sort=-size&columns=created%2Csize'],
  ['/r/team/app?sort=tag', '?sort=tag&columns=created%2Csize'],
  ['/r/team/app?sort=created&columns=', '?sort=created&columns='],
  ['/', '?view=flat'],
  ['/?view=tree', '?view=tree'],
  ['/?view=dockerfile', '?view=dockerfile'],
])(
  'a choice that was remembered is said in %s, unless it says something itself',
  async (address, expected) => {
    remember({ tagSort: '-size', tagColumns: ['created', 'size'], repositoryView: 'flat' })
    const { router, search, navigations } = await open(address)
    expect(search()).toBe(expected)
    expect(navigations()).toBeLessThanOrEqual(1)
    expect(router.state.historyAction).toBe(navigations() === 0 ? 'POP' : 'REPLACE')
  },
)

test('no columns at all, remembered, are said and read back', async () => {
  remember({ tagColumns: [] })
  const { shown, search } = await open('/r/team/app')
  expect(search()).toBe('?columns=')
  expect(shown.tags.columns).toEqual([])
})

test('a choice is written once, wins over what was remembered, and the next page says it too', async () => {
  remember({ tagSort: '-size' })
  const { shown, router, search, navigations } = await open('/r/team/app')
  const before = navigations()
  await act(async () => shown.tags.setSort({ key: 'created', descending: false }))
  expect(search()).toBe('?sort=created')
  expect(navigations()).toBe(before + 1)
  expect(readPreferences().tagSort).toBe('created')
  await act(() => router.navigate('/r/team/other'))
  expect(search()).toBe('?sort=created')
  await act(async () => shown.tags.setSort({ key: 'tag', descending: false }))
  expect(search()).toBe('?sort=tag')
})

test('tree or flat is said where the list is what the page is about, and kept beside a repository', async () => {
  const { shown, router, search } = await open('/')
  await act(async () => shown.flat[1](true))
  expect(search()).toBe('?view=flat')
  await act(() => router.navigate('/r/team/app:1.0?view=dockerfile'))
  expect(shown.flat[0]).toBe(true)
  expect(new URLSearchParams(search()).get('view')).toBe('dockerfile')
  await act(() => router.navigate('/'))
  expect(search()).toBe('?view=flat')
  await act(async () => shown.flat[1](false))
  expect(search()).toBe('?view=tree')
})
