// @vitest-environment happy-dom
import { act } from 'react'
import { createRoot } from 'react-dom/client'
import { beforeAll, expect, test, vi } from 'vitest'
import { useFirst } from './show-all.tsx'

beforeAll(() => vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true))

function List({ count }: { count: number }) {
  const items = Array.from({ length: count }, (_item, at) => at)
  const [shown, rest] = useFirst(items, 200, 'labels')
  return (
    <>
      {shown.map((item) => (
        <i key={item} />
      ))}
      {rest}
    </>
  )
}

function render(count: number) {
  const host = document.createElement('div')
  act(() => createRoot(host).render(<List count={count} />))
  return host
}

test.each([0, 1, 200])('%i entries are all there', (count) => {
  const host = render(count)
  expect(host.querySelectorAll('i')).toHaveLength(count)
  expect(host.querySelector('button')).toBeNull()
})

test('of a thousand the first, until all are asked for', () => {
  const host = render(1000)
  expect(host.querySelectorAll('i')).toHaveLength(200)
  const button = host.querySelector('button')
  expect(button?.textContent).toBe('Show all 1,000 labels')
  act(() => button?.click())
  expect(host.querySelectorAll('i')).toHaveLength(1000)
  expect(host.querySelector('button')).toBeNull()
})
