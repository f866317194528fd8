import { expect, test, vi } from 'vitest'
import { type PaletteSource, sectionsFor } from './sections.ts'

const names = ['payments/api', 'payments/api-canary', 'web/theme']
const run = vi.fn()
const open = vi.fn()
const source: PaletteSource = {
  registry: 'registry.example:5000',
  search: (text) => names.filter((name) => name.includes(text)),
  recents: ['payments/api', 'No Name'],
  actions: [
    { label: 'Theme: dark', keys: undefined, run },
    { label: 'Copy the reference', keys: 'y', run },
    { label: '', keys: 'j', run },
  ],
  open,
}
const digest = `sha256:${'a'.repeat(64)}`
const offered = (text: string) =>
  sectionsFor(text, source).map(({ title, entries }) => [title, entries.map(({ label }) => label)])

test('nothing typed: what was opened lately, and every action with a name', () => {
  expect(offered('  ')).toEqual([
    ['Opened lately', ['payments/api']],
    ['Actions', ['Copy the reference', 'Theme: dark']],
  ])
})

test.each([
  ['payments/api:4.12.1', 'payments/api:4.12.1'],
  ['registry.example:5000/payments/api:4.12.1', 'payments/api:4.12.1'],
  ['docker pull registry.example:5000/payments/api:4.12.1', 'payments/api:4.12.1'],
  ['docker pull --platform linux/arm64 registry.example:5000/payments/api', 'payments/api'],
  [`https://registry.example:5000/payments/api@${digest}`, `payments/api@${digest}`],
  ['  oci://registry.example:5000/tools/helm-chart:0.9.0 ', 'tools/helm-chart:0.9.0'],
])('%s is a reference, and comes first', (text, label) => {
  const [first] = sectionsFor(text, source)
  expect(first).toMatchObject({ title: 'Reference', entries: [{ label }] })
  first?.entries[0]?.run()
  expect(open).toHaveBeenLastCalledWith(expect.objectContaining({ repository: label.split(/[:@]/)[0] }))
})

test.each([
  ['a reference of another registry', 'ghcr.io/someone/app:1'],
  ['no reference at all', '<script>alert(1)</script>'],
  ['one that is too long', 'a/'.repeat(200)],
])('%s offers nothing', (_name, text) => {
  expect(sectionsFor(text, source)).toEqual([])
})

test('a repository that is listed is not offered twice, and a plain word as a name comes last', () => {
  expect(offered('payments/api')).toEqual([['Repositories', ['payments/api', 'payments/api-canary']]])
  expect(offered('theme')).toEqual([
    ['Actions', ['Theme: dark']],
    ['Repositories', ['web/theme']],
    ['By name', ['theme']],
  ])
})

test('of very many repositories only the likeliest are offered', () => {
  const many = { ...source, search: () => Array.from({ length: 100_000 }, (_, index) => `team/app-${index}`) }
  const [repositories] = sectionsFor('app', many)
  expect(repositories?.entries).toHaveLength(50)
})
