// Two Gantrys that share a Redis, behind nginx, in front of a real registry and its token server.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, listening, type Program, ROOT, run, start } from './processes.ts'
import { missingTools as missingForStack, STACKS, startStack } from './registries.ts'
import { writeDockerConfig } from './seed.ts'
import { findTool, tool } from './tools.ts'

const STACK = STACKS[0]

export interface Replica {
  /** `http://127.0.0.1:8080`, past nginx. */
  readonly origin: string
  /** Ends it at once, as a machine that fails. */
  kill(): void
}

export interface Replicas {
  /** nginx, which takes turns; its answers name the replica in `x-served-by`. */
  readonly origin: string
  readonly replicas: readonly Replica[]
  /** A blob of 48 MB in payments/big. */
  readonly blob: { readonly digest: string; readonly size: number }
  stop(): Promise<void>
}

/** The tools this needs that are missing here. */
export function missingTools(): string[] {
  const more = ['nginx', 'redis-server'].filter((program) => findTool(program) === undefined)
  return [...missingForStack(STACK), ...more]
}

/** A request that was never sent to a dead replica goes to the other one: that is nginx's own default. */
function nginxConfig(folder: string, port: number, replicas: readonly number[]): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/nginx-${kind};`)
    .join(' ')
  return `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr crit;
events { worker_connections 256; }
http {
  access_log off; ${temporary}
  upstream replicas { ${replicas.map((replica) => `server 127.0.0.1:${replica};`).join(' ')} }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://replicas; proxy_http_version 1.1; proxy_buffering off;
      proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;
      add_header x-served-by $upstream_addr always;
    }
  }
}
`
}

async function pushBlob(registry: string, folder: string): Promise<Replicas['blob']> {
  const file = join(folder, 'big.tar')
  await run('sh', [
    '-c',
    `head -c 48000000 /dev/urandom > ${folder}/noise && tar -cf ${file} -C ${folder} noise`,
  ])
  const env = { DOCKER_CONFIG: writeDockerConfig(folder, registry) }
  const image = `${registry}/payments/big:1`
  await run(tool('crane'), ['append', '--insecure', '--oci-empty-base', '-f', file, '-t', image], env)
  const { layers } = JSON.parse(await run(tool('crane'), ['manifest', '--insecure', image], env))
  return layers[0]
}

/** Starts it all. Everything ends with `stop()`. */
export async function startReplicas(): Promise<Replicas> {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-replicas-'))
  const parts: { stop(): Promise<void> }[] = []
  async function stop(): Promise<void> {
    for (const part of parts.reverse()) await part.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  async function serve(port: number, command: string, args: string[], env = {}): Promise<Program> {
    const program = start(command, args, env)
    parts.push(program)
    await listening(port, program)
    return program
  }
  try {
    const stack = await startStack(STACK)
    parts.push(stack)
    const blob = await pushBlob(stack.registry, folder)
    const storePort = await freePort()
    await serve(storePort, tool('redis-server'), [
      ...['--port', String(storePort), '--bind', '127.0.0.1', '--dir', folder],
      ...['--requirepass', 'store-secret', '--save', '', '--appendonly', 'no'],
    ])
    const replicas: Replica[] = []
    const ports: number[] = []
    for (let i = 0; i < 2; i++) {
      const port = await freePort()
      const { pid } = await serve(port, process.execPath, [join(ROOT, 'dist/server/main.js')], {
        HOST: '127.0.0.1',
        PORT: String(port),
        REGISTRY_URL: `http://${stack.registry}`,
        SESSION_STORE: `redis://:store-secret@127.0.0.1:${storePort}`,
        SESSION_SECRET: 'one secret for all of the replicas',
        TRUST_PROXY: '127.0.0.1',
      })
      ports.push(port)
      replicas.push({ origin: `http://127.0.0.1:${port}`, kill: () => process.kill(pid, 'SIGKILL') })
    }
    const port = await freePort()
    const config = join(folder, 'nginx.conf')
    writeFileSync(config, nginxConfig(folder, port, ports))
    await serve(port, tool('nginx'), ['-c', config, '-e', 'stderr'])
    return { origin: `http://127.0.0.1:${port}`, replicas, blob, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
