import { expect, test } from 'vitest'
import type { Repository } from '../../../shared/oci/reference.ts'
import { createNameTree, nestedRows } from './tree.ts'
import { treeMove } from './tree-keys.ts'

const tree = createNameTree()
for (const name of ['base/debian', 'base/node', 'billing/tax', 'nightly', 'payments/api'])
  tree.add(name as Repository)
// base (open): debian, node; billing (closed); payments (closed); nightly
const shown = tree.rows((path) => path === 'base')
const paths = shown.map(({ path }) => path)
const rows = nestedRows(shown)

test('the rows these tests speak of', () => {
  expect(paths).toEqual(['base', 'base/debian', 'base/node', 'billing', 'payments', 'nightly'])
})

test.each([
  ['ArrowDown', 'base', 'base/debian'],
  ['ArrowDown', 'nightly', 'nightly'],
  ['ArrowUp', 'base', 'base'],
  ['ArrowUp', 'billing', 'base/node'],
  ['Home', 'payments', 'base'],
  ['End', 'base', 'nightly'],
  ['ArrowRight', 'base', 'base/debian'],
  ['ArrowLeft', 'base/node', 'base'],
  ['j', 'base', 'base/debian'],
  ['k', 'billing', 'base/node'],
  ['k', 'base', 'base'],
  ['b', 'base', 'billing'],
  ['n', 'base', 'base/node'],
])('%s on %s goes to %s', (key, from, to) => {
  expect(treeMove(key, rows, paths.indexOf(from), key)).toEqual({ kind: 'focus', index: paths.indexOf(to) })
})

test('several letters narrow down what one would find', () => {
  expect(treeMove('i', rows, paths.indexOf('base'), 'ni')).toEqual({
    kind: 'focus',
    index: paths.indexOf('nightly'),
  })
})

test('j and k within a word are letters', () => {
  const named = createNameTree()
  for (const name of ['abk', 'abc', 'zz']) named.add(name as Repository)
  const lines = nestedRows(named.rows(() => false))
  expect(treeMove('k', lines, 0, 'abk')).toEqual({ kind: 'focus', index: 1 })
})

test.each([
  ['ArrowRight', 'billing', ['billing'], true],
  ['ArrowLeft', 'base', ['base'], false],
  ['*', 'payments', ['base', 'billing', 'payments'], true],
  [' ', 'base', ['base'], false],
])('%s on %s opens or closes %j', (key, from, expected, open) => {
  expect(treeMove(key, rows, paths.indexOf(from), key)).toEqual({ kind: 'toggle', paths: expected, open })
})

test.each([
  ['ArrowRight', 'nightly'],
  ['ArrowLeft', 'nightly'],
  ['Tab', 'base'],
  ['Escape', 'base'],
  ['z', 'base'],
])('%s on %s means nothing', (key, from) => {
  expect(treeMove(key, rows, paths.indexOf(from), key)).toBeUndefined()
})

test('Enter goes there', () => {
  expect(treeMove('Enter', rows, 1, '')).toEqual({ kind: 'activate' })
  expect(treeMove('Enter', nestedRows([]), 0, '')).toBeUndefined()
})
