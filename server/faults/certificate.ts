// Certificates of registries that nobody vouches for.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** @param subjectAltName  for whom, as openssl writes it: `IP:127.0.0.1`, `DNS:registry.example`. */
export function selfSigned(subjectAltName: string): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-cert-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const kind = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'.split(' ')
  const names = ['-subj', '/CN=gantry test', '-addext', `subjectAltName=${subjectAltName}`]
  execFileSync('openssl', ['req', ...kind, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  const pair = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  rmSync(folder, { recursive: true })
  return pair
}
