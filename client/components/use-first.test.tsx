// @vitest-environment happy-dom
import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { useFirst } from './use-first.tsx'

function List({ count }: { count: number }) {
  const { shown, more } = useFirst(
    Array.from({ length: count }, (_, n) => n),
    100,
    'steps',
  )
  return (
    <>
      {shown.length} shown{more}
    </>
  )
}

test.each([
  [0, '0 shown'],
  [100, '100 shown'],
  [101, '100 shown. Show 1 more of 101 steps'],
  [10_000, '100 shown. Show 100 more of 10,000 steps'],
])('of %d rows the first hundred, and how to see others', (count, expected) => {
  const text = renderToStaticMarkup(<List count={count} />)
  expect(text.replace(/<button[^>]*>/, '. ').replace(/<[^>]*>/g, '')).toBe(expected)
})
