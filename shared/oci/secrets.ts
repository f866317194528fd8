// Guesses which settings of an image are secrets. This only hides them from shoulder surfers.

import { splitArguments } from './build-step.ts'

const NAME =
  /(?:^|[_.-])(?:pass(?:word|wd|phrase|code)?|pwd|secrets?|tokens?|credentials?|creds?|apikey|auth|bearer|dsn|cookie|sas)(?:[_.-]|$)|(?:^|[_.-])(?:private|access|api|app|secret|encryption|signing|signature|master|account|license|jwt|hmac|stripe|ssh|tls|ssl|rsa|aes)[_.-]?key|(?:^|[_.-])(?:pat|pw)$|password|secret/i
/** Names that only look like secrets: a file path, a switch, an address, a public key. */
const HARMLESS_NAME =
  /(?:_|-)(?:file|path|dir|url|uri|host|port|ttl|type|method|enabled|expiry|timeout|(?<!secret_)id)$|public[_.-]?key/i
const VALUE = [
  // a URL with a password
  /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i,
  /^-----BEGIN [A-Z ]*PRIVATE KEY/,
  /^(?:AKIA|ASIA)[A-Z0-9]{16}$/,
  /^(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk_live_|npm_)\w/,
  // a JSON web token
  /^eyJ[\w-]+\.eyJ[\w-]+\./,
]

/** Whether a setting's name or value looks like a secret. Empty values and switches never do. */
export function looksSecret(name: string, value: string): boolean {
  if (value === '' || /^(?:true|false|yes|no|on|off|none|\d)$/i.test(value)) return false
  if (VALUE.some((pattern) => pattern.test(value))) return true
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1_$2')
  return NAME.test(words) && !HARMLESS_NAME.test(words)
}

const QUOTED = `"(?:[^"\\\\]|\\\\.)*"|'[^']*'`
/** In a command: a value ends at unquoted white space. */
const IN_SHELL = new RegExp(`([A-Za-z_][\\w.-]*)=(${QUOTED}|\\S+)`, 'g')
/** BuildKit writes the values of ENV, ARG and LABEL without quotes: each goes on until the next name. */
const SETTINGS = /^(?:(?:ENV|ARG|LABEL)\s+)?[A-Za-z_][\w.-]*=/
const NEXT_SETTING = /(\s+)(?=[A-Za-z_][\w.-]*=)/
/** `ENV NAME all the rest is the value` */
const ONE_SETTING = /^((?:ENV\s+)?)([A-Za-z_][\w.-]*)(\s+)(\S[\s\S]*)$/
/** A variable: the shell inserts its value later, so the text has no secret. */
const VARIABLE = /^\$(?:\w+|\{\w+\})$/
const USER_INFO = /(:\/\/[^/\s:@]{0,200}:)([^/\s@]{1,1000})@/g
const DOTS = '••••••••'
/** Commands may be of any length; the rest is shown unmasked. */
const MAX_LENGTH = 20_000

const bare = (value: string) => value.replace(/^(["'])([\s\S]*)\1$/, '$2')

/** Whether this setting continues: an open quote, or a multi-line key, whose last line may look like a name. */
function isOpen(piece: string): boolean {
  const value = piece.slice(piece.indexOf('=') + 1)
  const quote = /^["']/.exec(value)?.[0]
  if (quote !== undefined) return value.length < 2 || !value.endsWith(quote)
  return value.includes('-----BEGIN ') && !value.includes('-----END ')
}

function maskSetting(setting: string): string {
  const at = setting.indexOf('=')
  const name = setting.slice(0, Math.max(at, 0)).replace(/^(?:ENV|ARG|LABEL)\s+/, '')
  const isSecret = at > 0 && looksSecret(name, bare(setting.slice(at + 1).trim()))
  return isSecret ? `${setting.slice(0, at)}=${DOTS}` : setting
}

/** Splits `A=1 B=two words` into settings, alternating with the blanks between them. */
function splitSettings(text: string): string[] {
  const [first = '', ...rest] = text.split(NEXT_SETTING)
  const pieces: string[] = []
  let setting = first
  for (let i = 0; i < rest.length; i += 2) {
    const [blank = '', next = ''] = rest.slice(i, i + 2)
    if (isOpen(setting)) setting += blank + next
    else {
      pieces.push(setting, blank)
      setting = next
    }
  }
  return [...pieces, setting]
}

const maskSettings = (text: string) => splitSettings(text).map(maskSetting).join('')

/** `|2 A=1 B=two words /bin/sh -c …`: with more settings than the count, text after a secret may be part of it. */
function maskArguments(text: string): string {
  const run = /^(?:RUN\s+)?/.exec(text)?.[0] ?? ''
  const parts = splitArguments(text.slice(run.length))
  if (parts === undefined) return text
  const pieces = splitSettings(parts.arguments)
  const masked = pieces.map(maskSetting)
  const secret = masked.findIndex((piece, at) => piece !== pieces[at])
  const isUnclear = secret !== -1 && (pieces.length + 1) / 2 > parts.count
  const shown = isUnclear ? masked.slice(0, secret + 1) : masked
  return `${run}|${parts.count} ${shown.join('')}${parts.command === '' ? '' : ` ${parts.command}`}`
}

function maskCommand(text: string): string {
  return maskArguments(text).replace(IN_SHELL, (all, name: string, value: string) =>
    looksSecret(name, bare(value)) && !VARIABLE.test(bare(value)) ? `${name}=${DOTS}` : all,
  )
}

/**
 * Replaces the values of secret-looking settings in a build step's text by dots.
 *
 * @param instruction  `ENV`, `RUN` …; undefined if unknown: then the text is read as a command, unless it begins with ENV,
 *   ARG or LABEL itself.
 */
export function maskAssignments(text: string, instruction?: string): string {
  const head = text.slice(0, MAX_LENGTH)
  const isSetting = ['ENV', 'ARG', 'LABEL'].includes(instruction ?? /^[A-Z]+(?=\s)/.exec(head)?.[0] ?? '')
  const one = isSetting && !SETTINGS.test(head) ? ONE_SETTING.exec(head) : null
  const [, keyword = '', name = '', blank = '', value = ''] = one ?? []
  const masked =
    one !== null
      ? `${keyword}${name}${blank}${looksSecret(name, value) ? DOTS : value}`
      : isSetting
        ? maskSettings(head)
        : maskCommand(head)
  const withoutUserInfo = masked.replace(USER_INFO, (all, before: string, password: string) =>
    VARIABLE.test(password) ? all : `${before}${DOTS}@`,
  )
  return withoutUserInfo + text.slice(MAX_LENGTH)
}
