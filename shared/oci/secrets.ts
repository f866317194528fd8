// Which settings of an image look like secrets. A guess: it hides them from people who look over a shoulder, no more.

const NAME =
  /(?:^|[_.-])(?:pass(?:word|wd|phrase|code)?|pwd|secrets?|tokens?|credentials?|creds?|apikey|auth|bearer|dsn|cookie|sas)(?:[_.-]|$)|(?:^|[_.-])(?:private|access|api|secret|encryption|signing|master|account|license)[_.-]?key|password|secret/i
/** What only looks like one: a file's path, a switch, an address, a public key. */
const HARMLESS_NAME =
  /(?:_|-)(?:file|path|dir|url|uri|host|port|ttl|type|method|enabled|expiry|timeout|id)$|public/i
const VALUE = [
  // a password within an address
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
  return NAME.test(name) && !HARMLESS_NAME.test(name)
}

const ASSIGNMENT = /([A-Za-z_][\w.-]*)=("(?:[^"\\]|\\.)*"|'[^']*'|\S+)/g
/** Commands may be of any length; the rest is shown as it is. */
const MAX_LENGTH = 20_000

/** A build step's text with the values of secret-looking settings replaced by dots. */
export function maskAssignments(text: string): string {
  if (!text.includes('=')) return text
  const masked = text
    .slice(0, MAX_LENGTH)
    .replace(ASSIGNMENT, (all, name: string, value: string) =>
      looksSecret(name, value.replace(/^(["'])(.*)\1$/s, '$2')) && !value.startsWith('$')
        ? `${name}=••••••••`
        : all,
    )
  return masked + text.slice(MAX_LENGTH)
}
