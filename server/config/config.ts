// The operator's configuration: parses the environment variables into one checked object.

import { readFileSync } from 'node:fs'
import type { Branding } from './branding.ts'
import { crossProblems, warningsOf } from './checks.ts'
import { type Environment, parseEnvironment, type ReadFile } from './environment.ts'
import type { StoreAddress } from './schemas.ts'
import type { Values } from './settings.ts'

export interface Account {
  readonly username: string
  readonly password: string
}

export interface Config {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** Gantry's own address. */
  readonly publicUrl: URL | undefined
  /** '' or `/gantry`: no slash at the end. */
  readonly basePath: string
  readonly title: string
  readonly branding: Branding
  readonly logLevel: string
  /** Addresses and subnets of reverse proxies whose forwarded fields are trusted. */
  readonly trustProxy: readonly string[]
  /** Basic auth on the page itself. */
  readonly uiAccount: Account | undefined
  /** Whether visitors may log in with an account of the registry. */
  readonly login: boolean
  readonly allowDelete: boolean
  /** Repositories to list if the catalog is closed. */
  readonly repositories: readonly string[]
  readonly registry: {
    /** `https://registry.example:5000` */
    readonly origin: string
    /** `host[:port]` for pull commands. */
    readonly publicAddress: string
    /** Undefined: as the registry asks. */
    readonly authType: 'none' | 'basic' | 'token' | undefined
    /** The service account, for visitors without a login. */
    readonly account: Account | undefined
    readonly verifyTls: boolean
    /** PEM. */
    readonly ca: string | undefined
    /** For a registry that asks for one; PEM. */
    readonly clientCertificate: { readonly cert: string; readonly key: string } | undefined
    readonly timeoutSeconds: number
  }
  readonly tokens: {
    /** Maximum seconds to keep a token; 0: tokens are not kept. */
    readonly cacheSeconds: number | undefined
    readonly realmAllow: readonly string[] | undefined
    readonly serverUrl: URL | undefined
  }
  readonly session: {
    /** Newest first; if empty, a random one is used until the process ends. */
    readonly secrets: readonly string[]
    readonly idleSeconds: number
    readonly maxSeconds: number
    /** The store that several replicas share; undefined: sessions are kept in this process. */
    readonly store: StoreAddress | undefined
  }
  /** For the operator, logged once at start. No secrets. */
  readonly warnings: readonly string[]
}

/** Every problem with the environment. Each names its variable; none quotes a value. */
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

const MAX_TITLE = 100

function accountOf(username: string | undefined, password: string | undefined): Account | undefined {
  return username === undefined || password === undefined ? undefined : { username, password }
}

function registryOf(values: Values): Config['registry'] {
  const { REGISTRY_PROTOCOL: protocol, REGISTRY_HOST: host, REGISTRY_PORT: port } = values
  const { REGISTRY_CLIENT_CERT_FILE: cert, REGISTRY_CLIENT_KEY_FILE: key } = values
  const url = values.REGISTRY_URL ?? new URL(`${protocol}://${host}:${port}`)
  return {
    origin: url.origin,
    publicAddress: values.REGISTRY_PUBLIC_URL ?? url.host,
    authType: values.REGISTRY_AUTH_TYPE,
    account: accountOf(values.REGISTRY_USERNAME, values.REGISTRY_PASSWORD),
    verifyTls: values.SSL_VERIFY,
    ca: values.REGISTRY_CA_FILE,
    clientCertificate: cert === undefined || key === undefined ? undefined : { cert, key },
    timeoutSeconds: values.REGISTRY_TIMEOUT,
  }
}

function configOf(values: Values): Omit<Config, 'warnings'> {
  const registry = registryOf(values)
  return {
    host: values.HOST,
    port: values.PORT,
    publicUrl: values.PUBLIC_URL,
    basePath: values.BASE_PATH,
    title: values.TITLE.slice(0, MAX_TITLE),
    branding: { logo: values.LOGO_FILE, accent: values.ACCENT, notice: values.NOTICE || undefined },
    logLevel: values.LOG_LEVEL,
    trustProxy: values.TRUST_PROXY,
    uiAccount:
      accountOf(values.UI_USERNAME, values.UI_PASSWORD) ?? accountOf(values.USERNAME, values.PASSWORD),
    login: values.ALLOW_REGISTRY_LOGIN ?? registry.account === undefined,
    allowDelete: values.REGISTRY_ALLOW_DELETE,
    repositories: values.REPOSITORIES,
    registry,
    tokens: {
      cacheSeconds: values.TOKEN_CACHE,
      realmAllow: values.TOKEN_REALM_ALLOW,
      serverUrl: values.TOKEN_SERVER_URL,
    },
    session: {
      secrets: values.SESSION_SECRET ?? [],
      idleSeconds: values.SESSION_IDLE,
      maxSeconds: values.SESSION_MAX,
      store: values.SESSION_STORE === 'memory' ? undefined : values.SESSION_STORE,
    },
  }
}

/**
 * Reads the environment.
 *
 * @throws ConfigError with every problem, not only the first.
 */
export function parseConfig(env: Environment, readFile: ReadFile = (path) => readFileSync(path)): Config {
  const parsed = parseEnvironment(env, readFile)
  const problems = [...parsed.problems, ...crossProblems(parsed)]
  if (problems.length > 0) throw new ConfigError(problems)
  return { ...configOf(parsed.values), warnings: warningsOf(parsed) }
}
