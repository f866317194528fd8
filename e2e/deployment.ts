// What a deployment is made of besides Gantry: certificates, a registry over TLS, nginx as docs/deploy/proxies.md has it.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, listening, type Program, ROOT, run, start } from './processes.ts'
import { tool } from './tools.ts'

export interface Certificate {
  readonly certFile: string
  readonly keyFile: string
}

export interface Deployment {
  readonly folder: string
  /** Starts a program and waits until it listens; ends with the deployment. */
  serve(
    port: number,
    command: string,
    args: readonly string[],
    env?: Record<string, string>,
  ): Promise<Program>
  /** A certificate that vouches for itself. @param names  as in subjectAltName: `IP:127.0.0.1`. */
  certificate(name: string, names: string): Promise<Certificate>
  stop(): Promise<void>
}

export function createDeployment(): Deployment {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-deployment-'))
  const programs: Program[] = []
  return {
    folder,
    async serve(port, command, args, env = {}) {
      const program = start(command, args, env)
      programs.push(program)
      await listening(port, program)
      return program
    },
    async certificate(name, names) {
      const [certFile, keyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)]
      const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
      await run('openssl', [
        ...made,
        ...['-days', '2', '-subj', `/CN=${name}`, '-addext', `subjectAltName=${names}`],
        ...['-keyout', keyFile, '-out', certFile],
      ])
      return { certFile, keyFile }
    },
    async stop() {
      for (const program of programs.reverse()) await program.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A registry over TLS with accounts in an htpasswd file. @returns `127.0.0.1:<port>` */
export async function startTlsRegistry(
  { folder, serve }: Deployment,
  tls: Certificate,
  clients: Certificate | undefined,
  account: { readonly name: string; readonly password: string },
): Promise<string> {
  const port = await freePort()
  const data = join(folder, 'data')
  mkdirSync(data, { recursive: true })
  const accounts = join(folder, 'htpasswd')
  writeFileSync(accounts, await run('htpasswd', ['-nbB', account.name, account.password]))
  const clientcas = clients === undefined ? '' : `, clientcas: ["${clients.certFile}"]`
  const config = join(folder, 'registry.yml')
  writeFileSync(
    config,
    `version: 0.1
log: {level: warn}
storage: {filesystem: {rootdirectory: "${data}"}}
http: {addr: "127.0.0.1:${port}", tls: {certificate: "${tls.certFile}", key: "${tls.keyFile}"${clientcas}}}
auth: {htpasswd: {realm: tests, path: "${accounts}"}}
`,
  )
  await serve(port, tool('registry'), ['serve', config], { OTEL_TRACES_EXPORTER: 'none' })
  return `127.0.0.1:${port}`
}

/** The server block of the first nginx example in the guide: what is recommended is what is tried. */
function recipe(): string {
  const guide = readFileSync(join(ROOT, 'docs/deploy/proxies.md'), 'utf8')
  const [, block] = /```nginx\n([\s\S]*?)```/.exec(guide) ?? []
  if (block === undefined) throw new Error('docs/deploy/proxies.md has no nginx example')
  return block
}

export interface ProxyOptions {
  /** `host:port` of Gantry. */
  readonly upstream: string
  readonly tls: Certificate
  /** Under a path: whether nginx takes it away. */
  readonly path?: { readonly prefix: string; readonly strips: boolean }
}

/** nginx with the guide's recipe, on loopback of IPv4 and IPv6. @returns its port */
export async function startNginx({ folder, serve }: Deployment, options: ProxyOptions): Promise<number> {
  const { upstream, tls, path } = options
  const port = await freePort()
  const to = `proxy_pass http://${upstream}${path?.strips ? '/' : ''};`
  const block = recipe()
    .replace('listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`)
    .replace('listen [::]:443 ssl;', `listen [::1]:${port} ssl;`)
    .replace(/ssl_certificate .*;/, `ssl_certificate ${tls.certFile};`)
    .replace(/ssl_certificate_key .*;/, `ssl_certificate_key ${tls.keyFile};`)
    .replace('server_name gantry.example;', '')
    .replace('proxy_pass http://127.0.0.1:8080;', to)
    .replace(
      'location / {',
      path === undefined
        ? 'location / {'
        : `location = ${path.prefix} { return 308 ${path.prefix}/; }\n  location ${path.prefix}/ {`,
    )
  const file = join(folder, `nginx-${port}.conf`)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/nginx-${kind};`)
    .join(' ')
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${folder}/nginx-${port}.pid; error_log stderr error;
events { worker_connections 256; }
http {
  access_log off; ${temporary}
  ${block}
}
`,
  )
  await serve(port, tool('nginx'), ['-c', file, '-e', 'stderr'])
  return port
}
