// The operator's settings: environment variables in, one checked object out.

import { readFileSync } from 'node:fs'
import type { ClientCertificate } from '../registry/agents.ts'
import type { Credentials } from '../registry/subject.ts'
import type { Branding } from './branding.ts'
import { createReader, type Environment, FOREIGN_NAMES } from './environment.ts'
import {
  readCa,
  readClientCertificate,
  readPublicAddress,
  readRealmAllow,
  readRegistryOrigin,
  readRepositories,
  readTokenServerUrl,
} from './registry-settings.ts'
import {
  readAccount,
  readBasePath,
  readBranding,
  readChoice,
  readPublicUrl,
  readSecrets,
  readStore,
  readTrustProxy,
  readUiAccount,
} from './settings.ts'
import type { StoreAddress } from './store-address.ts'

export interface Config {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** Gantry's own address. */
  readonly publicUrl: URL | undefined
  /** '' or `/gantry`: no slash at the end. */
  readonly basePath: string
  readonly title: string
  readonly branding: Branding
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
    /** What Gantry shows to a registry that asks for a client certificate; PEM. */
    readonly clientCertificate: ClientCertificate | undefined
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
    /** Where sessions are kept for several replicas; undefined: in this process. */
    readonly store: StoreAddress | undefined
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

function warningsOf(config: Omit<Config, 'warnings'>, env: Environment): string[] {
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
  return [
    ...warnings.flatMap(([holds, text]) => (holds ? [text] : [])),
    ...(config.branding.accent?.warnings ?? []),
    ...Object.entries(FOREIGN_NAMES).flatMap(([foreign, names]) =>
      env[foreign] && !names.some((name) => env[name])
        ? [`${foreign} is not read: its name here is ${names[0]}.`]
        : [],
    ),
  ]
}

/**
 * Reads the environment.
 *
 * @param readFile  returns a file's bytes; throws if it cannot be read.
 * @throws ConfigError naming every problem there is, not the first one only.
 */
export function parseConfig(
  env: Environment,
  readFile: (path: string) => Buffer = (path) => readFileSync(path),
): Config {
  const read = createReader(env, readFile)
  const origin = readRegistryOrigin(read)
  const account = readAccount(read, 'REGISTRY_USERNAME', 'REGISTRY_PASSWORD')
  const basePath = readBasePath(read)
  const idleSeconds = read.integer('SESSION_IDLE', 60, 30 * DAY) ?? 8 * 3600
  const secrets = readSecrets(read)
  const maxSeconds = read.integer('SESSION_MAX', 60, 90 * DAY) ?? DAY
  const config = {
    host: read.raw('HOST') ?? '0.0.0.0',
    port: read.integer('PORT', 0, 65_535) ?? 8080,
    publicUrl: readPublicUrl(read, basePath),
    basePath,
    title: read.raw('TITLE')?.slice(0, 100) ?? 'Gantry',
    branding: readBranding(read),
    logLevel: readChoice(read, 'LOG_LEVEL', LOG_LEVELS) ?? 'info',
    trustProxy: readTrustProxy(read),
    uiAccount: readUiAccount(read, env),
    login: read.flag('ALLOW_REGISTRY_LOGIN') ?? account === undefined,
    allowDelete: read.flag('REGISTRY_ALLOW_DELETE') ?? false,
    repositories: readRepositories(read),
    registry: {
      origin: origin?.origin ?? '',
      publicAddress: readPublicAddress(read) ?? origin?.host ?? '',
      authType: readChoice(read, 'REGISTRY_AUTH_TYPE', ['none', 'basic', 'token'] as const),
      account,
      verifyTls: read.flag('SSL_VERIFY') ?? true,
      ca: readCa(read),
      clientCertificate: readClientCertificate(read),
      timeoutSeconds: read.integer('REGISTRY_TIMEOUT', 1, 3600) ?? 30,
    },
    tokens: {
      cacheSeconds: read.integer('TOKEN_CACHE', 0, DAY),
      realmAllow: readRealmAllow(read),
      serverUrl: readTokenServerUrl(read),
    },
    session: { secrets, idleSeconds, maxSeconds, store: readStore(read, secrets) },
  }
  if (read.problems.length > 0) throw new ConfigError([...new Set(read.problems)])
  return { ...config, warnings: warningsOf(config, env) }
}
