// The operator's settings: environment variables in, one checked object out.

import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { parseRepository } from '../shared/oci/reference.ts'
import { createReader, type Environment, type Reader, type SECRETS, type Variable } from './environment.ts'
import { classifyHost } from './registry/addresses.ts'
import type { Credentials } from './registry/subject.ts'

export interface Config {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** Gantry's own address. */
  readonly publicUrl: URL | undefined
  /** '' or `/gantry`: no slash at the end. */
  readonly basePath: string
  readonly title: string
  readonly logLevel: string
  /** Addresses and subnets of reverse proxies whose forwarded fields count. */
  readonly trustProxy: readonly string[]
  /** Basic auth on the page itself. */
  readonly uiAccount: Credentials | undefined
  /** Whether visitors may log in with an account of the registry. */
  readonly login: boolean
  readonly allowDelete: boolean
  /** Names to list where the catalog is closed. */
  readonly repositories: readonly string[]
  readonly registry: {
    /** `https://registry.example:5000` */
    readonly origin: string
    /** `host[:port]` for pull commands. */
    readonly publicAddress: string
    /** Undefined: as the registry asks. */
    readonly authType: 'none' | 'basic' | 'token' | undefined
    /** The service account, for visitors without a login. */
    readonly account: Credentials | undefined
    readonly verifyTls: boolean
    /** PEM. */
    readonly ca: string | undefined
    readonly timeoutSeconds: number
  }
  readonly tokens: {
    /** Caps how long a token is kept; 0: not at all. */
    readonly cacheSeconds: number | undefined
    readonly realmAllow: readonly string[] | undefined
    readonly serverUrl: URL | undefined
  }
  readonly session: {
    /** Newest first; empty: a random one at each start. */
    readonly secrets: readonly string[]
    readonly idleSeconds: number
    readonly maxSeconds: number
  }
  /** What the operator should know, said once at start. No secrets. */
  readonly warnings: readonly string[]
}

/** All that is wrong with the environment, each problem naming its variable and none a secret's value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(
      `Gantry cannot start with this configuration:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    )
    this.problems = problems
  }
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']
const DAY = 86_400

function readRegistryOrigin(read: Reader): URL | undefined {
  const whole = read.raw('REGISTRY_URL')
  const parts = (['REGISTRY_PROTOCOL', 'REGISTRY_HOST', 'REGISTRY_PORT'] as const).filter((name) =>
    read.raw(name),
  )
  if (whole !== undefined) {
    if (parts.length > 0)
      read.problems.push(`REGISTRY_URL stands for all of ${parts.join(', ')}: use one form.`)
    return read.url('REGISTRY_URL', whole, 'origin')
  }
  const protocol = (read.raw('REGISTRY_PROTOCOL') ?? 'https').replace(/:?(?:\/\/)?$/, '').toLowerCase()
  if (protocol !== 'http' && protocol !== 'https')
    read.problems.push('REGISTRY_PROTOCOL must be http or https.')
  const host = read.raw('REGISTRY_HOST')?.trim() ?? 'localhost'
  const bare = isIP(host) === 6 ? `[${host}]` : host
  const port = read.integer('REGISTRY_PORT', 1, 65_535) ?? 5000
  const text = `${protocol === 'http' ? 'http' : 'https'}://${bare}:${port}`
  if (
    /[/@?#\s]/.test(host) ||
    !URL.canParse(text) ||
    new URL(text).port.length > 5 ||
    (host.includes(':') && isIP(host) !== 6)
  ) {
    read.problems.push('REGISTRY_HOST must be a host name or address alone: no scheme, port or path.')
    return undefined
  }
  return new URL(text)
}

/** A name and password that belong together; half of them stops the start. */
function readAccount(
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
function readUiAccount(read: Reader, env: Environment): Credentials | undefined {
  const own = readAccount(read, 'UI_USERNAME', 'UI_PASSWORD')
  if (!env.PASSWORD && !env.PASSWORD_FILE) return own
  const old = readAccount(read, 'USERNAME', 'PASSWORD')
  if (own !== undefined && old !== undefined)
    read.problems.push('UI_USERNAME and USERNAME are both set with a password: use one pair.')
  return own ?? old
}

/** A proxy that strips the base path could not tell these from it. */
const OWN_PATHS = ['v2', 'api', 'assets', 'r', 'login', 'containers', 'livez', 'readyz', 'metrics']

function readBasePath(read: Reader): string {
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

function readTokenServerUrl(read: Reader): URL | undefined {
  const url = read.url('TOKEN_SERVER_URL', read.raw('TOKEN_SERVER_URL'), 'any')
  if (url !== undefined && classifyHost(url.hostname) === 'forbidden')
    read.problems.push('TOKEN_SERVER_URL must not be a link-local, metadata or multicast address.')
  return url
}

function readOrigins(read: Reader): readonly string[] | undefined {
  return read
    .list('TOKEN_REALM_ALLOW')
    ?.flatMap((text) => read.url('TOKEN_REALM_ALLOW', text, 'origin')?.origin ?? [])
}

function readTrustProxy(read: Reader): readonly string[] {
  const addresses = read.list('TRUST_PROXY') ?? []
  for (const address of addresses) {
    const [ip = '', prefix = '0'] = address.split('/')
    if (isIP(ip) === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (isIP(ip) === 4 ? 32 : 128))
      read.problems.push('TRUST_PROXY must list IP addresses or subnets (10.0.0.0/8), by commas.')
  }
  return addresses
}

function readSecrets(read: Reader): readonly string[] {
  const secrets = (read.secret('SESSION_SECRET') ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (read.raw('SESSION_SECRET') !== undefined && secrets.length === 0)
    read.problems.push('SESSION_SECRET is set but holds no secret.')
  if (secrets.some((secret) => secret.length < 32))
    read.problems.push('SESSION_SECRET must have 32 characters or more (each of several).')
  return secrets
}

function readChoice<T extends string>(read: Reader, name: Variable, choices: readonly T[]): T | undefined {
  const text = read.raw(name)?.trim().toLowerCase()
  if (text === undefined) return undefined
  const choice = choices.find((one) => one === text)
  if (choice === undefined) read.problems.push(`${name} must be one of ${choices.join(', ')}.`)
  return choice
}

function readCa(read: Reader): string | undefined {
  const pem = read.file('REGISTRY_CA_FILE')
  if (pem !== undefined && !pem.includes('-----BEGIN CERTIFICATE-----'))
    read.problems.push('REGISTRY_CA_FILE holds no PEM certificate.')
  return pem
}

function readPublicUrl(read: Reader, basePath: string): URL | undefined {
  const url = read.url('PUBLIC_URL', read.raw('PUBLIC_URL'), 'path')
  const path = url?.pathname.replace(/\/+$/, '') ?? ''
  if (path !== '' && path !== basePath)
    read.problems.push('The path of PUBLIC_URL must be that of BASE_PATH.')
  return url
}

function warningsOf(config: Omit<Config, 'warnings'>): string[] {
  const { registry, session } = config
  const warnings: [boolean, string][] = [
    [
      !registry.verifyTls,
      'SSL_VERIFY is false: whoever stands between can read every password. Prefer REGISTRY_CA_FILE.',
    ],
    [
      session.secrets.length === 0,
      'SESSION_SECRET is not set: a random one is used, so everybody is logged out at each start.',
    ],
    [
      config.allowDelete && registry.account !== undefined && config.uiAccount === undefined,
      'REGISTRY_ALLOW_DELETE is on and REGISTRY_USERNAME is set: visitors without a login cannot delete (set UI_USERNAME to let them).',
    ],
    [
      config.allowDelete && registry.authType === 'none',
      'REGISTRY_ALLOW_DELETE is on and the registry has no login: every visitor may delete.',
    ],
    [
      registry.authType === 'none' && registry.account !== undefined,
      'REGISTRY_USERNAME is not used: REGISTRY_AUTH_TYPE is none.',
    ],
  ]
  return warnings.flatMap(([holds, text]) => (holds ? [text] : []))
}

/**
 * Reads the environment.
 *
 * @param readFile  returns a file's text; throws if it cannot be read.
 * @throws ConfigError naming every problem there is, not the first one only.
 */
export function parseConfig(
  env: Environment,
  readFile = (path: string) => readFileSync(path, 'utf8'),
): Config {
  const read = createReader(env, readFile)
  const origin = readRegistryOrigin(read)
  const account = readAccount(read, 'REGISTRY_USERNAME', 'REGISTRY_PASSWORD')
  const publicAddress = read
    .raw('REGISTRY_PUBLIC_URL')
    ?.trim()
    .replace(/^https?:\/\//, '')
    .replace(/\/+$/, '')
  if (
    publicAddress !== undefined &&
    !/^[\w.-]+(?::\d{1,5})?$|^\[[\da-f:.]+\](?::\d{1,5})?$/i.test(publicAddress)
  )
    read.problems.push('REGISTRY_PUBLIC_URL must be host or host:port, as it stands in pull commands.')
  const repositories = read.list('REPOSITORIES') ?? []
  if (repositories.some((name) => parseRepository(name) === undefined))
    read.problems.push('REPOSITORIES must list repository names by commas.')
  const basePath = readBasePath(read)
  const idleSeconds = read.integer('SESSION_IDLE', 60, 30 * DAY) ?? 8 * 3600
  const maxSeconds = read.integer('SESSION_MAX', 60, 90 * DAY) ?? DAY
  const config = {
    host: read.raw('HOST') ?? '0.0.0.0',
    port: read.integer('PORT', 0, 65_535) ?? 8080,
    publicUrl: readPublicUrl(read, basePath),
    basePath,
    title: read.raw('TITLE')?.slice(0, 100) ?? 'Gantry',
    logLevel: readChoice(read, 'LOG_LEVEL', LOG_LEVELS) ?? 'info',
    trustProxy: readTrustProxy(read),
    uiAccount: readUiAccount(read, env),
    login: read.flag('ALLOW_REGISTRY_LOGIN') ?? account === undefined,
    allowDelete: read.flag('REGISTRY_ALLOW_DELETE') ?? false,
    repositories,
    registry: {
      origin: origin?.origin ?? '',
      publicAddress: publicAddress ?? origin?.host ?? '',
      authType: readChoice(read, 'REGISTRY_AUTH_TYPE', ['none', 'basic', 'token'] as const),
      account,
      verifyTls: read.flag('SSL_VERIFY') ?? true,
      ca: readCa(read),
      timeoutSeconds: read.integer('REGISTRY_TIMEOUT', 1, 3600) ?? 30,
    },
    tokens: {
      cacheSeconds: read.integer('TOKEN_CACHE', 0, DAY),
      realmAllow: readOrigins(read),
      serverUrl: readTokenServerUrl(read),
    },
    session: { secrets: readSecrets(read), idleSeconds, maxSeconds },
  }
  if (read.problems.length > 0) throw new ConfigError([...new Set(read.problems)])
  return { ...config, warnings: warningsOf(config) }
}
