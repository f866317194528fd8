// What README, guides and GitHub's own files say, held against what is there.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { parseConfig } from './config/config.ts'
import { type Environment, VARIABLES } from './config/environment.ts'
import { SETTINGS } from './config/settings.ts'

const ROOT = resolve(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const filesIn = (folder: string, ending: RegExp) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name) && !name.startsWith('deploy/secrets'))
    .map((name) => `${folder}/${name}`)
const GUIDES = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesIn('docs', /\.md$/)]
const KNOWN: ReadonlySet<string> = new Set(VARIABLES)

/** Lines outside fenced blocks, which may hold what only looks like a link or a heading. */
const proseOf = (text: string) => text.replace(/^ *```[^\n]*\n[\s\S]*?^ *```$/gm, '')

/** As GitHub names headings: lower case, no punctuation, dashes for spaces, `-1` for the second of a kind. */
function anchorsOf(text: string): ReadonlySet<string> {
  const seen = new Map<string, number>()
  const headings = [...proseOf(text).matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, heading = '']) => heading)
  return new Set(
    headings.map((heading) => {
      const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
      const anchor = words.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-')
      const before = seen.get(anchor) ?? 0
      seen.set(anchor, before + 1)
      return before === 0 ? anchor : `${anchor}-${before}`
    }),
  )
}

/** Targets of links and pictures, those of plain HTML included, without what lies on other hosts. */
function targetsOf(text: string): string[] {
  const prose = proseOf(text).replace(/`[^`\n]*`/g, '')
  const found = prose.matchAll(/\]\(([^()\s]+)\)|^\[[^\]]+\]: +(\S+)|(?:src|srcset|href)="([^"]+)"/gm)
  return [...found].map((match) => match.slice(1).join('')).filter((target) => !/^[a-z]+:/i.test(target))
}

/** The blocks of settings in a guide, as an environment each. */
function settingsIn(path: string): Environment[] {
  return [...read(path).matchAll(/^```env\n([\s\S]*?)^```$/gm)].map(([, block = '']) =>
    Object.fromEntries(
      block
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    ),
  )
}

test.each(GUIDES)('%s: every link within the repository leads somewhere', (guide) => {
  const text = read(guide)
  const broken = targetsOf(text).filter((target) => {
    const [path = '', anchor] = target.split('#')
    const file = path === '' ? guide : relative(ROOT, resolve(ROOT, dirname(guide), path))
    if (file.startsWith('..') || !existsSync(join(ROOT, file))) return true
    if (anchor === undefined) return false
    return !statSync(join(ROOT, file)).isFile() || !anchorsOf(read(file)).has(anchor)
  })
  expect(broken).toEqual([])
})

test('headings are named as GitHub names them', () => {
  const text =
    '# A `b`: c, d\n## Amazon ECR\n```sh\n# no heading\n```\n## [x](y.md) & z\n## Amazon ECR\n## docker_auth\n'
  expect([...anchorsOf(text)]).toEqual(['a-b-c-d', 'amazon-ecr', 'x--z', 'amazon-ecr-1', 'docker_auth'])
})

test('links are found in text, tables and HTML, and not in code', () => {
  const text =
    '[a](b.md#c) `[d](e)` | ![f](g.png) |\n<img src="h.png">\n```\n[i](j)\n```\n[k](https://l.example)\n'
  expect(targetsOf(text)).toEqual(['b.md#c', 'g.png', 'h.png'])
})

test.each(['docs/deploy/registries.md', 'docs/moving-over.md'])(
  '%s: Gantry starts with each block',
  (guide) => {
    const blocks = settingsIn(guide)
    expect(blocks.length).toBeGreaterThan(0)
    for (const env of blocks) {
      expect(Object.keys(env).filter((name) => !KNOWN.has(name))).toEqual([])
      expect(() => parseConfig(env, () => Buffer.from('secret'))).not.toThrow()
    }
  },
)

test('docs/moving-over.md leads to variables that there are', () => {
  const cells = [...read('docs/moving-over.md').matchAll(/^\|[^|]*\|([^|]*)\|/gm)].map(
    ([, cell = '']) => cell,
  )
  const names = cells.flatMap((cell) => [...cell.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name = '']) => name))
  expect(names.length).toBeGreaterThan(20)
  expect(names.filter((name) => !KNOWN.has(name))).toEqual([])
})

test('docs/moving-over.md names what the other tools call our settings', () => {
  const foreignNames = Object.values(SETTINGS).flatMap((setting) => setting.foreignNames ?? [])
  expect(foreignNames.filter((name) => !read('docs/moving-over.md').includes(`\`${name}\``))).toEqual([])
})

test.each(filesIn('.github', /\.ya?ml$/))('%s is YAML', (path) => {
  const documents = parseAllDocuments(read(path))
  expect([documents].flat().flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([])
  expect(documents).toHaveLength(1)
})

test.each(filesIn('.github/workflows', /\.yml$/))('%s: rights are named, actions have a version', (path) => {
  const [document] = parseAllDocuments(read(path))
  const { permissions } = document?.toJS() ?? {}
  expect(permissions).toBeDefined()
  expect(Object.values(permissions as object).filter((right) => right !== 'read')).toEqual([])
  const uses = [...read(path).matchAll(/uses: (\S+)/g)].map(([, action = '']) => action)
  expect(uses.filter((action) => !/^\.\/|@(?:v\d+|[\da-f]{40})$/.test(action))).toEqual([])
})

test.each(filesIn('.github/ISSUE_TEMPLATE', /(?<!config)\.yml$/))(
  '%s: fields have names of their own',
  (path) => {
    const [document] = parseAllDocuments(read(path))
    const form = document?.toJS() as {
      name: string
      description: string
      body: { id?: string; type: string }[]
    }
    expect(form.name && form.description).toBeTruthy()
    const ids = form.body.flatMap(({ id, type }) => (type === 'markdown' ? [] : [id]))
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).not.toContain(undefined)
  },
)
