// The demo as a process, one for each worker.

import { test as base } from './page.ts'
import { freePort, start } from './processes.ts'

export const test = base.extend<{ baseURL: string }, { demo: string }>({
  demo: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the first parameter's names
    async ({}, use) => {
      const program = start(process.execPath, ['dist/server/testing/demo/main.js'], {
        PORT: String(await freePort()),
      })
      const [, address = ''] = await program.printed(/(http:\/\/\S+?)\/?\s/)
      await use(address)
      await program.stop()
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ demo }, use) => use(demo),
})

export {
  digestBeside,
  expect,
  expectAccessible,
  loseSession,
  openReference,
  signIn,
  signOut,
} from './page.ts'
