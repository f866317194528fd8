// Parse the text of a variable into its value. A message completes a sentence that begins with the variable's name, and
// never quotes the value, which may be a secret.

import { isIP } from 'node:net'
import * as z from 'zod/mini'
import { parseRepository } from '../../shared/oci/reference.ts'
import { classifyHost } from '../addresses.ts'

/**
 * Creates a schema from a parse function.
 *
 * @param parse  returns undefined for invalid input; must not throw.
 */
export function parsed<Schema extends z.ZodMiniType, Value>(
  input: Schema,
  parse: (value: z.output<Schema>) => Value | undefined,
  message: string,
) {
  return z.pipe(
    input,
    z.transform((value: z.output<Schema>, payload): Value => {
      const result = parse(value)
      if (result !== undefined) return result
      payload.issues.push({ code: 'custom', message, input: undefined })
      return z.NEVER
    }),
  )
}

export const text = z.string()
const trimmed = z.string().check(z.trim())
const lowercase = z.string().check(z.trim(), z.toLowerCase())

export function integer(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}.`
  const digits = trimmed.check(z.regex(/^\d{1,10}$/, message))
  return z.pipe(
    z.pipe(digits, z.transform(Number)),
    z.number().check(z.gte(min, message), z.lte(max, message)),
  )
}

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ...['true', '1', 'yes', 'on'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'off'].map((word) => [word, false] as const),
])

export const flag = parsed(lowercase, (word) => FLAGS.get(word), 'must be true or false.')

export function choice<const Choices extends readonly string[]>(choices: Choices) {
  return z.pipe(lowercase, z.enum(choices, `must be one of ${choices.join(', ')}.`))
}

/** Comma-separated; empty parts are ignored. */
function list<Element extends z.ZodMiniType<unknown, string>>(element: Element) {
  const split = (value: string) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
  return z.pipe(z.pipe(text, z.transform(split)), z.array(element))
}

const url = parsed(
  trimmed,
  (value) => (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) ? new URL(value) : undefined),
  'must be an address that begins with http:// or https://.',
).check(
  z.refine(
    ({ username, password }) => username === '' && password === '',
    'must not contain a user name or password.',
  ),
  z.refine(({ hash }) => hash === '', 'must not contain a fragment.'),
)

export const urlWithPath = url.check(z.refine(({ search }) => search === '', 'must not contain a query.'))

export const origin = urlWithPath.check(
  z.refine(({ pathname }) => pathname === '/', 'must not contain a path.'),
)

export const tokenServerUrl = url.check(
  z.refine(
    ({ hostname }) => classifyHost(hostname) !== 'forbidden',
    'must not be a link-local, metadata or multicast address.',
  ),
)

/** Empty is unset: an empty list would allow no token server at all. */
export const realmAllow = z.pipe(
  list(origin),
  z.transform((origins) => (origins.length === 0 ? undefined : origins.map((allowed) => allowed.origin))),
)

/** Accepts `https://` too, like craneoperator. */
export const protocol = z.pipe(
  z.pipe(
    lowercase,
    z.transform((value: string) => value.replace(/:?(?:\/\/)?$/, '')),
  ),
  z.enum(['http', 'https'], 'must be http or https.'),
)

/** As in a URL: an IPv6 address is put in brackets. */
export const host = parsed(
  trimmed,
  (value) => {
    const isIPv6 = isIP(value) === 6
    if (/[/\\@?#\s]/.test(value) || (value.includes(':') && !isIPv6)) return undefined
    const bracketed = isIPv6 ? `[${value}]` : value
    return URL.canParse(`https://${bracketed}:5000`) ? bracketed : undefined
  },
  'must be a host name or address alone: no scheme, port or path.',
)

/** `host[:port]` for pull commands. */
export const publicAddress = parsed(
  trimmed,
  (value) => {
    const address = value.replace(/^https?:\/\//, '').replace(/\/+$/, '')
    return /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(address) ? address : undefined
  },
  'must be host or host:port, as it is written in pull commands.',
)

export const repositories = list(
  z
    .string()
    .check(
      z.refine(
        (name) => parseRepository(name) !== undefined,
        'must be a comma-separated list of repository names.',
      ),
    ),
)

/** `10.0.0.1` or `10.0.0.0/8`. A prefix of 0 would trust everybody, so it is rejected. */
function isAddressOrSubnet(value: string): boolean {
  const [ip = '', prefix, ...more] = value.split('/')
  const bits = isIP(ip) === 4 ? 32 : 128
  const prefixIsValid =
    prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= bits)
  return isIP(ip) !== 0 && more.length === 0 && prefixIsValid
}

export const addresses = list(
  z
    .string()
    .check(
      z.refine(isAddressOrSubnet, 'must be a comma-separated list of IP addresses or subnets (10.0.0.0/8).'),
    ),
)

/** A proxy that strips the base path could not distinguish these from it. */
const OWN_PATHS = [
  ...['v2', 'api', 'assets', 'r', 'login', 'containers', 'livez', 'readyz', 'metrics'],
  ...['branding.css', 'logo'],
]

/** '' or `/gantry`, without a slash at the end. */
export const basePath = parsed(
  trimmed,
  (value) => {
    const path = value.replace(/^\/*/, '/').replace(/\/+$/, '')
    return /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$/.test(path) ? path : undefined
  },
  'must be a path such as /gantry, of letters, digits, dots and dashes.',
).check(
  z.refine(
    (path) => !OWN_PATHS.includes(path.split('/')[1] ?? ''),
    `must not begin with one of Gantry’s own paths (${OWN_PATHS.map((path) => `/${path}`).join(', ')}).`,
  ),
)

const MAX_NOTICE = 300

export const notice = trimmed.check(
  z.refine(
    (line) => [...line].length <= MAX_NOTICE && !/\p{Cc}|\p{Zl}|\p{Zp}/u.test(line),
    `must be one line of at most ${MAX_NOTICE} characters.`,
  ),
)

/** Newest first. */
export const sessionSecrets = list(
  z.string().check(z.minLength(32, 'must have 32 characters or more (each of several).')),
).check(z.minLength(1, 'is set but holds no secret.'))

/** `SESSION_STORE`, parsed. */
export interface StoreAddress {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly username: string | undefined
  readonly password: string | undefined
  readonly database: number
}

/**
 * Parses `redis[s]://[user[:password]@]host[:port][/database]`; the port defaults to 6379, the database to 0.
 *
 * @returns undefined for any other form, including one with a query, which would have no effect. Never throws.
 */
function parseStoreAddress(value: string): StoreAddress | undefined {
  if (!URL.canParse(value)) return undefined
  const { protocol: scheme, username, password, hostname, port, pathname, search, hash } = new URL(value)
  const database = /^\/?(\d{0,4})$/.exec(pathname)?.[1]
  if (!/^rediss?:$/.test(scheme) || hostname === '' || database === undefined || search !== '' || hash !== '')
    return undefined
  try {
    return {
      host: decodeURIComponent(hostname).replace(/^\[|\]$/g, ''),
      port: Number(port || 6379),
      tls: scheme === 'rediss:',
      username: decodeURIComponent(username) || undefined,
      password: decodeURIComponent(password) || undefined,
      database: Number(database),
    }
  } catch {
    return undefined
  }
}

export const sessionStore = parsed(
  trimmed,
  (value) => (/^(?:memory)?$/i.test(value) ? 'memory' : parseStoreAddress(value)),
  'must be memory or redis://[user:password@]host[:port][/database] (rediss:// for TLS); special characters in the password are percent-encoded.',
)

/** The content of a file. */
export const bytes = z.instanceof(Buffer)

export const pem = z.pipe(
  bytes,
  z.transform((content) => content.toString('utf8')),
)

export const certificates = pem.check(
  z.refine((content) => content.includes('-----BEGIN CERTIFICATE-----'), 'holds no PEM certificate.'),
)
