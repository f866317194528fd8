import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** Where `npm run dev` has Gantry's own server. */
const SERVER = 'http://127.0.0.1:8080'

/** Writes `.br` and `.gz` beside each asset, so that the server compresses nothing. */
function precompress(): Plugin {
  return {
    name: 'precompress',
    apply: 'build',
    writeBundle({ dir = '' }) {
      const assets = join(dir, 'assets')
      for (const name of readdirSync(assets)) {
        if (!/\.(?:js|css|svg)$/.test(name)) continue
        const bytes = readFileSync(join(assets, name))
        writeFileSync(join(assets, `${name}.br`), brotliCompressSync(bytes))
        writeFileSync(join(assets, `${name}.gz`), gzipSync(bytes, { level: 9 }))
      }
    },
  }
}

export default defineConfig({
  root: 'client',
  // relative: index.html carries a <base href> written at start, so one build works under every BASE_PATH
  base: './',
  plugins: [react(), precompress()],
  build: {
    outDir: '../dist/client',
    emptyOutDir: true,
    target: 'es2023',
    // every asset a file of its own: the policy allows no data: URLs
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What every page needs is one chunk, and what / and /r/* need besides another: split by who else uses what,
        // they would be some kB larger, in ten requests more.
        codeSplitting: {
          groups: [
            { name: 'first', tags: ['$initial'], priority: 1 },
            { name: 'browse', test: /client[\\/]pages[\\/]browse[\\/]browse\.tsx$/ },
          ],
        },
      },
    },
  },
  server: { port: 5173, proxy: { '/api': SERVER, '/v2': SERVER } },
})
