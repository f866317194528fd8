import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** Where `npm run dev` has Gantry's own server. */
const SERVER = 'http://127.0.0.1:8080'

export default defineConfig({
  root: 'client',
  // relative: index.html carries a <base href> written at start, so one build works under every BASE_PATH
  base: './',
  plugins: [react()],
  build: {
    outDir: '../dist/client',
    emptyOutDir: true,
    target: 'es2023',
    // every asset a file of its own: the policy allows no data: URLs
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { port: 5173, proxy: { '/api': SERVER, '/v2': SERVER } },
})
