// The table of settings: every environment variable that Gantry reads, its schema, and its text in
// docs/configuration.md, whose tables `npx vitest run --project unit server/config -u` regenerates.

import type * as z from 'zod/mini'
import { accent, logo } from './branding.ts'
import {
  addresses,
  basePath,
  certificates,
  choice,
  flag,
  host,
  integer,
  notice,
  origin,
  pem,
  protocol,
  publicAddress,
  realmAllow,
  repositories,
  sessionSecrets,
  sessionStore,
  text,
  tokenServerUrl,
  urlWithPath,
} from './schemas.ts'

export interface Setting {
  /** Parses the variable's text. Its messages complete a sentence that begins with the variable's name. */
  readonly schema: z.ZodMiniType
  /** Text used for an unset variable. */
  readonly default?: string
  /** Markdown: the meaning of an unset variable without a default. */
  readonly unset?: string
  /** Can also be set through `NAME_FILE`, the path of a file with the text. */
  readonly secret?: true
  /** The variable is the path of a file; the schema parses its bytes. */
  readonly file?: true
  /** The names of this setting in craneoperator and docker-registry-ui: ignored, with a warning at start. */
  readonly foreignNames?: readonly string[]
  /** Equivalent settings: if one of them is set, there is no warning about a foreign name. */
  readonly alternatives?: readonly string[]
  /** Markdown, in docs/. */
  readonly meaning: string
}

const DAY = 86_400

const REGISTRY = {
  REGISTRY_URL: {
    schema: origin,
    foreignNames: ['NGINX_PROXY_PASS_URL'],
    alternatives: ['REGISTRY_HOST'],
    meaning:
      "The registry's address, `https://registry.example:5000`. Replaces the next three; setting both forms is an error.",
  },
  REGISTRY_PROTOCOL: {
    schema: protocol,
    default: 'https',
    foreignNames: ['REGISTRY_PROTO'],
    alternatives: ['REGISTRY_URL'],
    meaning: '`http` or `https`.',
  },
  REGISTRY_HOST: { schema: host, default: 'localhost', meaning: 'Host name or IP address, alone.' },
  REGISTRY_PORT: { schema: integer(1, 65_535), default: '5000', meaning: 'Port.' },
  REGISTRY_PUBLIC_URL: {
    schema: publicAddress,
    unset: "the registry's own host and port",
    foreignNames: ['PULL_URL'],
    meaning:
      'What precedes the repository name in pull commands: `host[:port]`. A leading `http://` or `https://` is dropped.',
  },
  REGISTRY_AUTH_TYPE: {
    schema: choice(['none', 'basic', 'token']),
    unset: 'as the registry asks',
    meaning:
      '`none`, `basic` or `token`. When set, Gantry responds only to that kind of challenge: with `token` the password is never sent to the registry. Where `/v2/` lets everybody in, `basic` sends it with every request, and so does an unset type until the registry has sent a Bearer challenge.',
  },
  REGISTRY_USERNAME: {
    schema: text,
    meaning: 'A service account for visitors without a login. They all share its rights.',
  },
  REGISTRY_PASSWORD: { schema: text, secret: true, meaning: 'Its password.' },
  REGISTRY_CA_FILE: {
    schema: certificates,
    file: true,
    meaning:
      "PEM file of a certificate authority to trust in addition to the usual ones (on Node 20 those bundled with Node, from 22.15 on the system's too), for the registry, the token server and the storage that downloads are redirected to.",
  },
  REGISTRY_CLIENT_CERT_FILE: {
    schema: pem,
    file: true,
    meaning:
      'PEM file of a certificate that Gantry presents to a registry that asks for one, and to its token server; never to the storage that the registry redirects to.',
  },
  REGISTRY_CLIENT_KEY_FILE: {
    schema: pem,
    file: true,
    meaning: 'PEM file of its key, without a passphrase.',
  },
  SSL_VERIFY: {
    schema: flag,
    default: 'true',
    foreignNames: ['REGISTRY_SSL_VERIFY'],
    meaning:
      '`false` turns off certificate verification for the registry and the token server. Prefer `REGISTRY_CA_FILE`.',
  },
  REGISTRY_TIMEOUT: {
    schema: integer(1, 3600),
    default: '30',
    meaning:
      'Seconds to wait for the headers of a response and between two of its chunks; for a token, for the whole exchange from the moment it is sent.',
  },
  REGISTRY_ALLOW_DELETE: {
    schema: flag,
    default: 'false',
    foreignNames: ['DELETE_IMAGES'],
    meaning:
      '`true` lets tags and manifests be deleted through Gantry ([deletion.md](deletion.md)). Visitors never delete with the service account unless `UI_USERNAME` is set.',
  },
  REPOSITORIES: {
    schema: repositories,
    default: '',
    meaning: "Comma-separated repository names, to list where the registry's catalog is closed or missing.",
  },
} satisfies Record<string, Setting>

const LOGIN = {
  ALLOW_REGISTRY_LOGIN: {
    schema: flag,
    unset: '`true`, but `false` with a service account',
    meaning: 'Whether visitors may log in with their own account of the registry.',
  },
  TOKEN_CACHE: {
    schema: integer(0, DAY),
    unset: 'no cap',
    meaning:
      'Maximum seconds that a token is kept; `0` keeps none and asks the token server for each request. When unset, a token is kept for the lifetime that the token server gives, less five seconds.',
  },
  TOKEN_REALM_ALLOW: {
    schema: realmAllow,
    unset: 'the first realm seen',
    meaning:
      'Comma-separated origins (`https://auth.example`) that may be asked for tokens. When unset, the first token server that the registry names is kept until the next start, and any other is refused.',
  },
  TOKEN_SERVER_URL: {
    schema: tokenServerUrl,
    meaning:
      'Where Gantry itself reaches the token server, path included, when the realm that the registry names is right for docker clients only (`http://auth:5001/auth` in a compose file), is on http behind https, or redirects.',
  },
  SESSION_SECRET: {
    schema: sessionSecrets,
    secret: true,
    unset: 'random at each start',
    meaning:
      '32 characters or more; the keys of the session cookie and of the `next=` in lists are derived from it. To change it without logging anybody out, give several, comma-separated, newest first. Sessions outlive a restart only with a Redis `SESSION_STORE`.',
  },
  SESSION_STORE: {
    schema: sessionStore,
    default: 'memory',
    secret: true,
    meaning:
      '`memory`, where sessions end with the process, or `redis://[user:password@]host[:port][/database]` (`rediss://` with TLS) of a Redis or Valkey that several replicas share; see below.',
  },
  SESSION_IDLE: {
    schema: integer(60, 30 * DAY),
    default: '28800',
    meaning: 'Seconds without a request after which a session ends.',
  },
  SESSION_MAX: {
    schema: integer(60, 90 * DAY),
    default: '86400',
    meaning: 'Seconds after which a session ends in any case.',
  },
} satisfies Record<string, Setting>

const GANTRY = {
  HOST: { schema: text, default: '0.0.0.0', meaning: 'Address to listen on.' },
  PORT: {
    schema: integer(0, 65_535),
    default: '8080',
    foreignNames: ['NGINX_LISTEN_PORT'],
    meaning: 'Port to listen on; `0` takes any free one.',
  },
  PUBLIC_URL: {
    schema: urlWithPath,
    meaning:
      "Gantry's own address as people type it. Set it behind a reverse proxy: it decides whether cookies are `Secure`, and requests for other host names are refused.",
  },
  BASE_PATH: {
    schema: basePath,
    default: '',
    meaning:
      'Path under which Gantry is served, such as `/gantry`. Works with proxies that strip it and with those that keep it.',
  },
  TRUST_PROXY: {
    schema: addresses,
    default: '',
    meaning:
      'Comma-separated IP addresses or subnets of the reverse proxies whose `X-Forwarded-*` and `X-Request-Id` fields are trusted.',
  },
  UI_USERNAME: {
    schema: text,
    meaning: 'With `UI_PASSWORD`: basic authentication in front of everything but `/livez` and `/readyz`.',
  },
  UI_PASSWORD: { schema: text, secret: true, meaning: 'Its password.' },
  USERNAME: {
    schema: text,
    meaning: "craneoperator's name for `UI_USERNAME`. Ignored without `PASSWORD`, since desktops export it.",
  },
  PASSWORD: { schema: text, secret: true, meaning: "craneoperator's name for `UI_PASSWORD`." },
  TITLE: {
    schema: text,
    default: 'Gantry',
    foreignNames: ['REGISTRY_TITLE'],
    meaning: 'Name in the top bar and in the page title; cut off after 100 characters.',
  },
  LOGO_FILE: {
    schema: logo,
    file: true,
    meaning:
      "An SVG (UTF-8) or PNG of at most 256 KiB that replaces the gantry in the top bar, at the login and as the page's icon. It is recognised by its content. An SVG may adapt itself to the dark theme (`prefers-color-scheme`); nothing in it is run.",
  },
  ACCENT: {
    schema: accent,
    unset: 'amber',
    meaning:
      'A colour that replaces the amber, as `#rrggbb` or `#rgb`. Where it has too little contrast to show the focus in one of the themes, a lighter or darker shade is used there, and a warning at start names it.',
  },
  NOTICE: {
    schema: notice,
    meaning: 'A line of plain text at the top of every page, at most 300 characters.',
  },
  LOG_LEVEL: {
    schema: choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    default: 'info',
    meaning:
      '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`: [operations](operations.md#logs).',
  },
} satisfies Record<string, Setting>

/** By their headings in docs/configuration.md. */
export const SECTIONS: Readonly<Record<string, Readonly<Record<string, Setting>>>> = {
  'The registry': REGISTRY,
  'Login and tokens': LOGIN,
  'Gantry itself': GANTRY,
}

const TABLE = { ...REGISTRY, ...LOGIN, ...GANTRY }

export type SettingName = keyof typeof TABLE

/** An unset variable without a default is undefined. */
export type Values = {
  readonly [Name in SettingName]:
    | z.output<(typeof TABLE)[Name]['schema']>
    | ((typeof TABLE)[Name] extends { readonly default: string } ? never : undefined)
}

export const SETTINGS: Readonly<Record<SettingName, Setting>> = TABLE

export const SETTING_NAMES = Object.keys(TABLE) as readonly SettingName[]
