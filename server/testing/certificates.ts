// Self-signed certificates, made with openssl, for tests of TLS verification.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** Runs openssl in a folder of its own and reads what it wrote there. */
function inFolder(run: (folder: string) => void): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'gantry-cert-'))
  try {
    run(folder)
    const read = (name: string) => readFileSync(join(folder, name), 'utf8')
    return { key: read('key.pem'), cert: read('cert.pem') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * A self-signed certificate, its own authority.
 *
 * @param subjectAltName  its subject: `IP:127.0.0.1`, `DNS:registry.example`.
 * @param days  until it expires; a negative number: it expired that many days ago.
 */
export function selfSigned(subjectAltName: string, days = 2): Certificate {
  return inFolder((folder) => {
    const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' })
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'key.pem']
    const names = ['-subj', '/CN=gantry test', '-addext', `subjectAltName=${subjectAltName}`]
    openssl('req', '-new', ...key, ...names, '-out', 'request.pem')
    // `req -x509` takes no negative number of days
    const signed = ['-in', 'request.pem', '-signkey', 'key.pem', '-copy_extensions', 'copy']
    openssl('x509', '-req', ...signed, '-days', String(days), '-out', 'cert.pem')
  })
}
