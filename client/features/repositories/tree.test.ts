import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Repository } from '../../../shared/oci/reference.ts'
import { createNameTree, flatRows, namespacesOf, nestedRows } from './tree.ts'

const names = ['nightly', 'payments/api', 'payments/fraud/model', 'base/debian', 'payments'] as Repository[]
function treeOf(all: readonly Repository[]) {
  const tree = createNameTree()
  for (const name of all) tree.add(name)
  return tree
}
const lines = (expanded: readonly string[]) =>
  treeOf(names)
    .rows((path) => expanded.includes(path))
    .map(
      ({ level, name, count, repository }) =>
        `${'.'.repeat(level)}${name} ${count}${repository === undefined ? '' : ' *'}`,
    )

test('closed: namespaces first, with what is in them', () => {
  expect(lines([])).toEqual(['.base 1', '.payments 2 *', '.nightly 0 *'])
})

test('open: as deep as asked, and a namespace may be a repository too', () => {
  expect(lines(['payments'])).toEqual(['.base 1', '.payments 2 *', '..fraud 1', '..api 0 *', '.nightly 0 *'])
  expect(lines(['payments', 'payments/fraud'])).toContain('...model 0 *')
})

test('a row knows its place among its siblings', () => {
  const [base, payments, fraud] = treeOf(names).rows((path) => path === 'payments')
  expect([base, payments, fraud].map((row) => [row?.position, row?.siblings])).toEqual([
    [1, 3],
    [2, 3],
    [1, 2],
  ])
})

test('a name that arrives later takes its place, and may turn a repository into a namespace', () => {
  const tree = treeOf(['b', 'c/x'] as Repository[])
  expect(tree.rows(() => true).map(({ path }) => path)).toEqual(['c', 'c/x', 'b'])
  tree.add('b/y' as Repository)
  tree.add('a' as Repository)
  expect(tree.rows(() => true).map(({ path }) => path)).toEqual(['b', 'b/y', 'c', 'c/x', 'a'])
})

const part = fc.constantFrom('a', 'b', 'c', 'a-b', 'a.b', 'z9')
const name = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/') as Repository)

test('every name is in the open tree exactly once, and counts are those of what is within', () => {
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 60 }), (all) => {
      const rows = treeOf(all).rows(() => true)
      expect(rows.flatMap(({ repository }) => repository ?? []).sort()).toEqual([...all].sort())
      for (const { path, count } of rows)
        expect(count).toBe(all.filter((other) => other.startsWith(`${path}/`)).length)
    }),
  )
})

test('a flat row is its whole name', () => {
  const rows = flatRows(['a', 'a/b'] as Repository[])
  expect(rows.row(1)).toMatchObject({ name: 'a/b', level: 1, position: 2, siblings: 2 })
  expect([rows.length, rows.indexOf('a/b'), rows.indexOf('b')]).toEqual([2, 1, -1])
  expect([rows.row(2), rows.row(-1)]).toEqual([undefined, undefined])
  expect([rows.nameAt(1), rows.nameAt(2)]).toEqual(['a/b', undefined])
})

test('a nested row is found by its path', () => {
  const rows = nestedRows(treeOf(names).rows(() => true))
  expect(rows.row(rows.indexOf('payments/fraud'))).toMatchObject({ name: 'fraud', level: 2 })
  expect([rows.indexOf('fraud'), rows.row(-1)]).toEqual([-1, undefined])
})

test('the namespaces above a name', () => {
  expect(namespacesOf('a/b/c')).toEqual(['a', 'a/b'])
  expect(namespacesOf('a')).toEqual([])
})
