// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act } from 'react'
import { expect, test, vi } from 'vitest'
import { createTestRoot } from '../test-root.ts'
import { late } from './late.tsx'
import { Part } from './part.tsx'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

const Name = ({ name }: { name: string }) => <b>{name}</b>

async function draw(Late: (props: { name: string }) => React.ReactNode) {
  const element = document.createElement('div')
  const root = createTestRoot(element, { onCaughtError: () => {} })
  await act(async () =>
    root.render(
      <QueryClientProvider client={new QueryClient()}>
        <Part id="a" what="it">
          <Late name="here" />
        </Part>
      </QueryClientProvider>,
    ),
  )
  return element
}

test('what was loaded ahead is drawn at once, and loaded once', async () => {
  const load = vi.fn(async () => Name)
  const Late = late(load)
  Late.load()
  await Promise.resolve()
  const element = document.createElement('div')
  await act(() => createTestRoot(element).render(<Late name="here" />))
  expect(element.innerHTML).toBe('<b>here</b>')
  expect(load).toHaveBeenCalledTimes(1)
})

test('until its code is there its part’s stand-in is shown', async () => {
  let resolve: (component: typeof Name) => void = () => {}
  const element = await draw(
    late(
      () =>
        new Promise<typeof Name>((come) => {
          resolve = come
        }),
    ),
  )
  expect(element.textContent).toBe('Loading it…')
  await act(async () => resolve(Name))
  expect(element.innerHTML).toBe('<b>here</b>')
})

test('code that cannot be loaded fails in its part, and is tried again the next time', async () => {
  const load = vi
    .fn<() => Promise<typeof Name>>()
    .mockRejectedValueOnce(new TypeError('gone'))
    .mockRejectedValueOnce(new TypeError('gone'))
    .mockResolvedValue(Name)
  const Late = late(load)
  Late.load()
  expect((await draw(Late)).textContent).toContain('Something went wrong on this page')
  expect((await draw(Late)).innerHTML).toBe('<b>here</b>')
})
