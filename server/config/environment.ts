// Environment variables read as typed values, with all that is wrong about them gathered.

export type Environment = Readonly<Record<string, string | undefined>>

/** Every variable that is read; docs/configuration.md describes each (a test keeps the two the same). */
export const VARIABLES = [
  'HOST',
  'PORT',
  'PUBLIC_URL',
  'BASE_PATH',
  'TITLE',
  'LOGO_FILE',
  'ACCENT',
  'NOTICE',
  'LOG_LEVEL',
  'TRUST_PROXY',
  'UI_USERNAME',
  'UI_PASSWORD',
  'USERNAME',
  'PASSWORD',
  'REGISTRY_URL',
  'REGISTRY_PROTOCOL',
  'REGISTRY_HOST',
  'REGISTRY_PORT',
  'REGISTRY_PUBLIC_URL',
  'REGISTRY_AUTH_TYPE',
  'REGISTRY_USERNAME',
  'REGISTRY_PASSWORD',
  'REGISTRY_CA_FILE',
  'REGISTRY_CLIENT_CERT_FILE',
  'REGISTRY_CLIENT_KEY_FILE',
  'REGISTRY_TIMEOUT',
  'REGISTRY_ALLOW_DELETE',
  'SSL_VERIFY',
  'ALLOW_REGISTRY_LOGIN',
  'REPOSITORIES',
  'TOKEN_CACHE',
  'TOKEN_REALM_ALLOW',
  'TOKEN_SERVER_URL',
  'SESSION_SECRET',
  'SESSION_STORE',
  'SESSION_IDLE',
  'SESSION_MAX',
] as const
export type Variable = (typeof VARIABLES)[number]

/**
 * Names that craneoperator and docker-registry-ui have for the same: not read, but whoever sets one is told ours, the
 * first of these, unless one of them is set.
 */
export const FOREIGN_NAMES: Readonly<Record<string, readonly [Variable, ...Variable[]]>> = {
  REGISTRY_PROTO: ['REGISTRY_PROTOCOL', 'REGISTRY_URL'],
  REGISTRY_SSL_VERIFY: ['SSL_VERIFY'],
  REGISTRY_TITLE: ['TITLE'],
  NGINX_PROXY_PASS_URL: ['REGISTRY_URL', 'REGISTRY_HOST'],
  NGINX_LISTEN_PORT: ['PORT'],
  PULL_URL: ['REGISTRY_PUBLIC_URL'],
  DELETE_IMAGES: ['REGISTRY_ALLOW_DELETE'],
}

/** Those that may also be given as `NAME_FILE`. */
export const SECRETS = [
  'UI_PASSWORD',
  'PASSWORD',
  'REGISTRY_PASSWORD',
  'SESSION_SECRET',
  'SESSION_STORE',
] as const

/** Reads typed values and gathers what is wrong with them, so that all of it can be said at once. */
export function createReader(env: Environment, readFile: (path: string) => Buffer) {
  const problems: string[] = []
  const raw = (name: Variable): string | undefined => (env[name] === '' ? undefined : env[name])

  function bytes(name: string): Buffer | undefined {
    const path = env[name]
    if (path === undefined || path === '') return undefined
    try {
      return readFile(path)
    } catch {
      problems.push(`${name}: the file cannot be read.`)
      return undefined
    }
  }

  const file = (name: string): string | undefined => bytes(name)?.toString('utf8')

  function secret(name: (typeof SECRETS)[number]): string | undefined {
    const direct = raw(name)
    const fromFile = file(`${name}_FILE`)?.replace(/\r?\n$/, '')
    if (direct !== undefined && fromFile !== undefined)
      problems.push(`${name} and ${name}_FILE are both set: use one of them.`)
    if (fromFile === '') problems.push(`${name}_FILE: the file is empty.`)
    return direct ?? fromFile
  }

  function integer(name: Variable, min: number, max: number): number | undefined {
    const text = raw(name)
    if (text === undefined) return undefined
    const value = /^\d{1,10}$/.test(text.trim()) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    problems.push(`${name} must be a whole number from ${min} to ${max}.`)
    return undefined
  }

  function flag(name: Variable): boolean | undefined {
    const text = raw(name)?.trim().toLowerCase()
    if (text === undefined) return undefined
    if (['true', '1', 'yes', 'on'].includes(text)) return true
    if (['false', '0', 'no', 'off'].includes(text)) return false
    problems.push(`${name} must be true or false.`)
    return undefined
  }

  function list(name: Variable): readonly string[] | undefined {
    const parts = raw(name)
      ?.split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
    return parts === undefined || parts.length === 0 ? undefined : parts
  }

  /** An http(s) URL without user name and fragment, and where `origin` is said, without path and query. */
  function url(name: Variable, text: string | undefined, shape: 'origin' | 'path' | 'any'): URL | undefined {
    if (text === undefined) return undefined
    const parsed = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined
    const complain = (what: string) => {
      problems.push(`${name} ${what}`)
      return undefined
    }
    if (parsed === undefined || !/^https?:$/.test(parsed.protocol))
      return complain('must be an address that begins with http:// or https://.')
    if (parsed.username !== '' || parsed.password !== '')
      return complain('must not contain a user name or password.')
    if (parsed.hash !== '' || (shape !== 'any' && parsed.search !== ''))
      return complain('must not contain a query or fragment.')
    if (shape === 'origin' && parsed.pathname !== '/') return complain('must not contain a path.')
    return parsed
  }

  return { problems, raw, bytes, file, secret, integer, flag, list, url }
}
export type Reader = ReturnType<typeof createReader>
