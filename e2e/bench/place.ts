// Where a bench works: a temporary folder and the programs it has started, all gone at its end.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, listening, type Program, ROOT, start } from '../processes.ts'
import { tool } from '../tools.ts'

export interface Server {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string
  readonly program: Program
}

export interface DistributionOptions {
  /** Its `rootdirectory`. */
  readonly data: string
  /** The `auth` part of its configuration, indented; none without. */
  readonly auth?: string
  /** Default false. */
  readonly deleteEnabled?: boolean
}

export interface Distribution extends Server {
  /** Requests it has answered so far. */
  requests(): Promise<number>
}

export interface Place {
  readonly folder: string
  /** Ends with the place, the last first. */
  keep(part: { stop(): Promise<void> }): void
  distribution(options: DistributionOptions): Promise<Distribution>
  /** @param workers  processes; `auto`: one a core. */
  nginx(upstream: string, workers: 1 | 'auto'): Promise<Server>
  /** Everything on, as it is shipped; `args` are Node's own. */
  /** @param build  the checkout whose build is started; default: this one. */
  gantry(
    registry: string,
    env?: Record<string, string>,
    args?: readonly string[],
    build?: string,
  ): Promise<Server>
}

const LOOPBACK = 'http://127.0.0.1'

function distributionConfig(port: number, debugPort: number, options: DistributionOptions): string {
  const { data, auth, deleteEnabled = false } = options
  return `version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: "${data}"}, delete: {enabled: ${deleteEnabled}}, maintenance: {uploadpurging: {enabled: false}}}
http: {addr: "127.0.0.1:${port}", debug: {addr: "127.0.0.1:${debugPort}", prometheus: {enabled: true}}}
${auth === undefined ? '' : `auth:\n${auth}\n`}`
}

/** What one would write: kept connections to the registry, no log of each request (Gantry writes none either). */
function nginxConfig(folder: string, port: number, upstream: string, workers: 1 | 'auto'): string {
  return `daemon off; worker_processes ${workers}; pid ${folder}/nginx.pid; error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 1000000;
  client_body_temp_path ${folder}/nginx-body; proxy_temp_path ${folder}/nginx-proxy;
  fastcgi_temp_path ${folder}/nginx-fastcgi; uwsgi_temp_path ${folder}/nginx-uwsgi; scgi_temp_path ${folder}/nginx-scgi;
  upstream registry { server ${new URL(upstream).host}; keepalive 64; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://registry; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`
}

function createPlace(folder: string, keep: Place['keep']): Place {
  async function serve(port: number, command: string, args: readonly string[], env = {}): Promise<Server> {
    const program = start(command, args, env)
    keep(program)
    await listening(port, program)
    return { origin: `${LOOPBACK}:${port}`, program }
  }
  return {
    folder,
    keep,
    async distribution(options) {
      const [port, debugPort] = [await freePort(), await freePort()]
      const file = join(folder, `registry-${port}.yml`)
      writeFileSync(file, distributionConfig(port, debugPort, options))
      const env = { OTEL_TRACES_EXPORTER: 'none' }
      const server = await serve(port, tool('registry'), ['serve', file], env)
      async function requests(): Promise<number> {
        const text = await (await fetch(`${LOOPBACK}:${debugPort}/metrics`)).text()
        const counts = [...text.matchAll(/^registry_http_requests_total\{.*\} (\S+)$/gm)]
        return counts.reduce((sum, [, count]) => sum + Number(count), 0)
      }
      return { ...server, requests }
    },
    async nginx(upstream, workers) {
      const port = await freePort()
      const file = join(folder, `nginx-${port}.conf`)
      writeFileSync(file, nginxConfig(folder, port, upstream, workers))
      return serve(port, tool('nginx'), ['-c', file, '-e', 'stderr'])
    },
    async gantry(registry, env = {}, args = [], build = ROOT) {
      const port = await freePort()
      const settings = { HOST: '127.0.0.1', PORT: String(port), REGISTRY_URL: registry, ...env }
      return serve(port, process.execPath, [...args, join(build, 'dist/server/main.js')], settings)
    },
  }
}

/** Runs something in a place of its own, and clears it away whatever happens. */
export async function inPlace<T>(work: (place: Place) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-bench-'))
  const parts: { stop(): Promise<void> }[] = []
  try {
    return await work(createPlace(folder, (part) => parts.push(part)))
  } finally {
    for (const part of parts.reverse()) await part.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
