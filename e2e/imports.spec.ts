// A wrong import between the top folders does not compile.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { ROOT, run } from './processes.ts'

const CASES = [
  ['client', "import { buildApp } from '../server/app.ts'\nexport const x = buildApp\n"],
  ['client', "import { readFileSync } from 'node:fs'\nexport const x = readFileSync\n"],
  ['server', "import { home } from '../client/paths.ts'\nexport const x = home\n"],
  ['shared', "import { parseConfig } from '../server/config/config.ts'\nexport const x = parseConfig\n"],
  ['shared', "import { readFileSync } from 'node:fs'\nexport const x = readFileSync\n"],
  ['shared', 'export const x = document.title\n'],
  ['e2e', "import { parseConfig } from '../server/config/config.ts'\nexport const x = parseConfig\n"],
] as const

for (const [folder, source] of CASES)
  test(`${folder}: ${source.split('\n')[0]}`, async () => {
    const file = join(ROOT, folder, `wrong-import-${process.pid}-${Math.random().toString(36).slice(2)}.ts`)
    writeFileSync(file, source)
    try {
      const outcome = await run(process.execPath, [
        'node_modules/typescript/bin/tsc',
        '-p',
        folder,
        '--noEmit',
      ]).catch(String)
      expect(outcome).toMatch(/wrong-import-\S+\(\d+,\d+\): error TS/)
    } finally {
      rmSync(file)
    }
  })
