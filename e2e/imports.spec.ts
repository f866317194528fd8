// A wrong import between the top folders does not compile: tried on a copy of the checkout.

import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { ROOT, run } from './processes.ts'

const CASES = [
  ['client', "import { buildApp } from '../server/app.ts'\nexport const x = buildApp\n"],
  ['client', "import { readFileSync } from 'node:fs'\nexport const x = readFileSync\n"],
  ['server', "import { home } from '../client/lib/paths.ts'\nexport const x = home\n"],
  ['shared', "import { parseConfig } from '../server/config/config.ts'\nexport const x = parseConfig\n"],
  ['shared', "import { readFileSync } from 'node:fs'\nexport const x = readFileSync\n"],
  ['shared', 'export const x = document.title\n'],
  ['e2e', "import { parseConfig } from '../server/config/config.ts'\nexport const x = parseConfig\n"],
] as const
const COPIED = [
  'client',
  'server',
  'shared',
  'e2e',
  'dist',
  'package.json',
  'tsconfig.base.json',
  'tsconfig.json',
]

let copy: string
test.beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'gantry-imports-'))
  for (const name of COPIED) cpSync(join(ROOT, name), join(copy, name), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
})
test.afterAll(() => rmSync(copy, { recursive: true }))

const compile = (folder: string) =>
  run(process.execPath, [
    join(ROOT, 'node_modules/typescript/bin/tsc'),
    '-p',
    join(copy, folder),
    '--noEmit',
  ]).catch(String)

for (const [folder, source] of CASES)
  test(`${folder}: ${source.split('\n')[0]}`, async () => {
    const file = join(copy, folder, 'wrong-import.ts')
    writeFileSync(file, source)
    const outcome = await compile(folder)
    rmSync(file)
    expect(outcome).toMatch(/wrong-import\.ts\(\d+,\d+\): error TS/)
  })

for (const folder of new Set(CASES.map(([name]) => name)))
  test(`${folder}: compiles without it`, async () => {
    expect(await compile(folder)).toBe('')
  })
