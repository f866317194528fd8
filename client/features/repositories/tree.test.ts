import { expect, test } from 'vitest'
import type { Repository } from '../../../shared/oci/reference.ts'
import { namespacesOf, treeRows } from './tree.ts'

const names = ['nightly', 'payments/api', 'payments/fraud/model', 'base/debian', 'payments'] as Repository[]
const lines = (expanded: readonly string[]) =>
  treeRows(names, (path) => expanded.includes(path)).map(
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

test('the namespaces above a name', () => {
  expect(namespacesOf('a/b/c')).toEqual(['a', 'a/b'])
  expect(namespacesOf('a')).toEqual([])
})
