// @vitest-environment happy-dom
import { act } from 'react'
import { MemoryRouter } from 'react-router'
import { beforeEach, expect, test } from 'vitest'
import type { Repository } from '../../../shared/oci/reference.ts'
import { createTestRoot } from '../../test-root.ts'
import { RepositoryTree } from './repository-tree.tsx'
import { flatRows } from './tree.ts'

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })
// nothing is laid out here: the list is 260 pixels high
beforeEach(() => {
  Object.defineProperty(HTMLElement.prototype, 'clientHeight', { configurable: true, get: () => 260 })
})

async function draw(names: readonly string[], selected: string | undefined) {
  const rows = flatRows(names as Repository[])
  const element = document.createElement('div')
  document.body.append(element)
  await act(async () =>
    createTestRoot(element).render(
      <MemoryRouter>
        <RepositoryTree
          ref={null}
          hotkeys={false}
          rows={rows}
          selected={selected as Repository | undefined}
          words={[]}
          tagCounts={new Map()}
          onToggle={() => {}}
        />
      </MemoryRouter>,
    ),
  )
  const tree = element.querySelector<HTMLElement>('[role=tree]')!
  const scrollTo = (top: number) =>
    act(async () => {
      tree.scrollTop = top
      tree.dispatchEvent(new Event('scroll'))
    })
  return {
    scrollTo,
    paths: () => [...tree.querySelectorAll<HTMLElement>('[data-path]')].map((row) => row.dataset.path),
    stops: () =>
      [...tree.querySelectorAll<HTMLElement>('[data-path][tabindex="0"]')].map((row) => row.dataset.path),
  }
}
const names = Array.from({ length: 1000 }, (_, index) => `r${String(index).padStart(4, '0')}`)

test.each([
  ['the first', undefined, 'r0000'],
  ['what is open', 'r0002', 'r0002'],
])('Tab leads into the tree, to %s, however far it is scrolled', async (_name, selected, stop) => {
  const { scrollTo, paths, stops } = await draw(names, selected)
  await scrollTo(13_000)
  expect(paths()).toContain('r0500')
  expect(paths()).not.toContain('r0010')
  expect(stops()).toEqual([stop])
  expect(paths()).toEqual(paths().toSorted())
  expect(paths().length).toBeLessThan(60)
})

test('with no row there is no stop', async () => {
  const { stops } = await draw([], undefined)
  expect(stops()).toEqual([])
})
