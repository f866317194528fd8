// node dist/e2e/bench/bare-client.js <origin> <repository> <connections>: what summaries need, asked for by nothing
// but undici: each tag's manifest, then its config. Prints the milliseconds it took, without the list of the tags.

import { Pool } from 'undici'
import { ACCEPT_MANIFESTS } from '../../shared/oci/media-types.ts'

const [origin = '', repository = '', connections = '16'] = process.argv.slice(2)
const pool = new Pool(origin, { connections: Number(connections) })
const headers = { accept: ACCEPT_MANIFESTS }

async function get(path: string): Promise<unknown> {
  const { statusCode, body } = await pool.request({ method: 'GET', path, headers })
  if (statusCode !== 200) throw new Error(`${path}: ${statusCode}`)
  return body.json()
}

const { tags } = (await get(`/v2/${repository}/tags/list`)) as { tags: string[] }
const began = performance.now()
let next = 0
async function worker(): Promise<void> {
  for (let tag = tags[next++]; tag !== undefined; tag = tags[next++]) {
    const manifest = (await get(`/v2/${repository}/manifests/${tag}`)) as { config: { digest: string } }
    await get(`/v2/${repository}/blobs/${manifest.config.digest}`)
  }
}
await Promise.all(Array.from({ length: Number(connections) }, worker))
process.stdout.write(`${performance.now() - began}\n`)
await pool.close()
