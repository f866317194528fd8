// The settings that are more than a number or a flag: what each may be, and what it must not contradict.

import { isIP } from 'node:net'
import type { Credentials } from '../registry/subject.ts'
import { parseAccent } from './accent.ts'
import type { Branding } from './branding.ts'
import type { Environment, Reader, SECRETS, Variable } from './environment.ts'
import { parseLogo } from './logo.ts'
import { parseStoreAddress, type StoreAddress } from './store-address.ts'

/** A name and password that belong together; half of them stops the start. */
export function readAccount(
  read: Reader,
  userName: Variable,
  passwordName: (typeof SECRETS)[number],
): Credentials | undefined {
  const username = read.raw(userName)
  const password = read.secret(passwordName)
  if (username?.includes(':'))
    read.problems.push(`${userName} must not contain a colon: basic authentication cannot carry it.`)
  if (username !== undefined && password !== undefined) return { username, password }
  if (username !== undefined) read.problems.push(`${userName} is set but ${passwordName} is not.`)
  if (password !== undefined) read.problems.push(`${passwordName} is set but ${userName} is not.`)
  return undefined
}

/** `UI_USERNAME`/`UI_PASSWORD`, or craneoperator's names: there `USERNAME` alone means nothing, desktops export it. */
export function readUiAccount(read: Reader, env: Environment): Credentials | undefined {
  const own = readAccount(read, 'UI_USERNAME', 'UI_PASSWORD')
  if (!env.PASSWORD && !env.PASSWORD_FILE) return own
  const old = readAccount(read, 'USERNAME', 'PASSWORD')
  if (own !== undefined && old !== undefined)
    read.problems.push('UI_USERNAME and USERNAME are both set with a password: use one pair.')
  return own ?? old
}

/** A proxy that strips the base path could not tell these from it. */
const OWN_PATHS = [
  ...['v2', 'api', 'assets', 'r', 'login', 'containers', 'livez', 'readyz', 'metrics'],
  ...['branding.css', 'logo'],
]

export function readBasePath(read: Reader): string {
  const path = (read.raw('BASE_PATH') ?? '').trim().replace(/^\/*/, '/').replace(/\/+$/, '')
  if (path === '') return ''
  if (!/^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$/.test(path)) {
    read.problems.push('BASE_PATH must be a path such as /gantry, of letters, digits, dots and dashes.')
    return ''
  }
  const [, first = ''] = path.split('/')
  if (OWN_PATHS.includes(first))
    read.problems.push(`BASE_PATH must not begin with a path of Gantry’s own (/${first}).`)
  return path
}

const MAX_NOTICE = 300

/** The operator's own look; a file or colour that is none stops the start. */
export function readBranding(read: Reader): Branding {
  const bytes = read.bytes('LOGO_FILE')
  const logo = bytes === undefined ? undefined : parseLogo(bytes)
  if (typeof logo === 'string') read.problems.push(`LOGO_FILE: ${logo}`)
  const colour = read.raw('ACCENT')
  const accent = colour === undefined ? undefined : parseAccent(colour)
  if (colour !== undefined && accent === undefined)
    read.problems.push('ACCENT must be a colour as #rrggbb or #rgb.')
  const notice = read.raw('NOTICE')?.trim()
  if (notice !== undefined && ([...notice].length > MAX_NOTICE || /\p{Cc}|\p{Zl}|\p{Zp}/u.test(notice)))
    read.problems.push(`NOTICE must be one line of at most ${MAX_NOTICE} characters.`)
  return { logo: typeof logo === 'string' ? undefined : logo, accent, notice: notice || undefined }
}

/** `10.0.0.1` or `10.0.0.0/8`. A prefix of 0 would trust everybody, which is to check nothing. */
function isAddressOrSubnet(text: string): boolean {
  const [ip = '', prefix, ...more] = text.split('/')
  const bits = isIP(ip) === 4 ? 32 : 128
  const prefixIsRight =
    prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= bits)
  return isIP(ip) !== 0 && more.length === 0 && prefixIsRight
}

export function readTrustProxy(read: Reader): readonly string[] {
  const addresses = read.list('TRUST_PROXY') ?? []
  if (!addresses.every(isAddressOrSubnet))
    read.problems.push('TRUST_PROXY must list IP addresses or subnets (10.0.0.0/8), by commas.')
  return addresses
}

export function readSecrets(read: Reader): readonly string[] {
  const text = read.secret('SESSION_SECRET')
  const secrets = (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (text !== undefined && secrets.length === 0)
    read.problems.push('SESSION_SECRET is set but holds no secret.')
  if (secrets.some((secret) => secret.length < 32))
    read.problems.push('SESSION_SECRET must have 32 characters or more (each of several).')
  return secrets
}

/** Undefined: in memory. It may hold a password, so no problem says its value. */
export function readStore(read: Reader, secrets: readonly string[]): StoreAddress | undefined {
  const text = read.secret('SESSION_STORE')?.trim()
  if (text === undefined || text === '' || text.toLowerCase() === 'memory') return undefined
  const address = parseStoreAddress(text)
  if (address === undefined)
    read.problems.push(
      'SESSION_STORE must be memory or redis://[user:password@]host[:port][/database] (rediss:// for TLS); special characters in the password are percent-encoded.',
    )
  if (secrets.length === 0)
    read.problems.push('SESSION_SECRET must be set with a Redis SESSION_STORE, the same for every replica.')
  return address
}

export function readChoice<T extends string>(
  read: Reader,
  name: Variable,
  choices: readonly T[],
): T | undefined {
  const text = read.raw(name)?.trim().toLowerCase()
  if (text === undefined) return undefined
  const choice = choices.find((one) => one === text)
  if (choice === undefined) read.problems.push(`${name} must be one of ${choices.join(', ')}.`)
  return choice
}

export function readPublicUrl(read: Reader, basePath: string): URL | undefined {
  const url = read.url('PUBLIC_URL', read.raw('PUBLIC_URL'), 'path')
  const path = url?.pathname.replace(/\/+$/, '') ?? ''
  if (path !== '' && path !== basePath)
    read.problems.push('The path of PUBLIC_URL must be that of BASE_PATH.')
  return url
}
