// Checks across settings, which no row of the table can make: contradictions, missing partners, and warnings.

import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { ParsedEnvironment } from './environment.ts'
import type { SettingName } from './settings.ts'

/** For two settings that are useful only together. */
function missingHalf({ isSet }: ParsedEnvironment, first: SettingName, second: SettingName): string[] {
  if (isSet(first) === isSet(second)) return []
  const [given, missing] = isSet(first) ? [first, second] : [second, first]
  return [`${given} is set but ${missing} is not.`]
}

type UserNameSetting = 'REGISTRY_USERNAME' | 'UI_USERNAME' | 'USERNAME'

function accountProblems(env: ParsedEnvironment, userName: UserNameSetting, password: SettingName): string[] {
  const problems = missingHalf(env, userName, password)
  // RFC 7617, section 2
  if (env.values[userName]?.includes(':'))
    problems.push(`${userName} must not contain a colon: basic authentication cannot carry it.`)
  return problems
}

function uiAccountProblems(env: ParsedEnvironment): string[] {
  const problems = accountProblems(env, 'UI_USERNAME', 'UI_PASSWORD')
  // USERNAME alone has no meaning: desktops export it
  if (!env.isSet('PASSWORD')) return problems
  problems.push(...accountProblems(env, 'USERNAME', 'PASSWORD'))
  if ((['UI_USERNAME', 'UI_PASSWORD', 'USERNAME'] as const).every(env.isSet))
    problems.push('UI_USERNAME and USERNAME are both set with a password: use one pair.')
  return problems
}

function registryAddressProblems({ isSet }: ParsedEnvironment): string[] {
  const parts = (['REGISTRY_PROTOCOL', 'REGISTRY_HOST', 'REGISTRY_PORT'] as const).filter(isSet)
  if (!isSet('REGISTRY_URL') || parts.length === 0) return []
  return [`REGISTRY_URL replaces ${parts.join(', ')}: use one form.`]
}

function clientCertificateProblems(env: ParsedEnvironment): string[] {
  const { REGISTRY_CLIENT_CERT_FILE: cert, REGISTRY_CLIENT_KEY_FILE: key } = env.values
  if (cert === undefined || key === undefined)
    return missingHalf(env, 'REGISTRY_CLIENT_CERT_FILE', 'REGISTRY_CLIENT_KEY_FILE')
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
      ? []
      : ['REGISTRY_CLIENT_KEY_FILE is not the key of REGISTRY_CLIENT_CERT_FILE.']
  } catch {
    // the error's own message quotes the file
    return [
      'REGISTRY_CLIENT_CERT_FILE and REGISTRY_CLIENT_KEY_FILE must be a PEM certificate and its key without a passphrase.',
    ]
  }
}

function sessionStoreProblems({ values, isSet, isInvalid }: ParsedEnvironment): string[] {
  const isShared = values.SESSION_STORE !== 'memory' || isInvalid('SESSION_STORE')
  if (!isShared || isSet('SESSION_SECRET')) return []
  return ['SESSION_SECRET must be set with a Redis SESSION_STORE, the same for every replica.']
}

function publicUrlProblems({ values, isInvalid }: ParsedEnvironment): string[] {
  const path = values.PUBLIC_URL?.pathname.replace(/\/+$/, '') ?? ''
  if (path === '' || path === values.BASE_PATH || isInvalid('BASE_PATH')) return []
  return ['The path of PUBLIC_URL must be that of BASE_PATH.']
}

/** Problems between settings. A problem with a single setting is reported by its row. */
export function crossProblems(env: ParsedEnvironment): string[] {
  return [
    registryAddressProblems,
    (one: ParsedEnvironment) => accountProblems(one, 'REGISTRY_USERNAME', 'REGISTRY_PASSWORD'),
    clientCertificateProblems,
    uiAccountProblems,
    publicUrlProblems,
    sessionStoreProblems,
  ].flatMap((check) => check(env))
}

/** For the operator, without preventing the start. Assumes settings without problems. No secrets. */
export function warningsOf({ values, isSet, foreignNames }: ParsedEnvironment): string[] {
  const hasServiceAccount = isSet('REGISTRY_USERNAME')
  const hasUiAccount = isSet('UI_USERNAME') || isSet('PASSWORD')
  const warnings: [boolean, string][] = [
    [
      !values.SSL_VERIFY,
      'SSL_VERIFY is false: anyone between Gantry and the registry can read every password. Prefer REGISTRY_CA_FILE.',
    ],
    [
      values.SESSION_STORE === 'memory',
      'SESSION_STORE is memory: everybody is logged out at each start. Sessions in a Redis store outlive it.',
    ],
    [
      values.REGISTRY_ALLOW_DELETE && hasServiceAccount && !hasUiAccount,
      'REGISTRY_ALLOW_DELETE is on and REGISTRY_USERNAME is set: visitors without a login cannot delete (set UI_USERNAME to let them).',
    ],
    [
      values.REGISTRY_ALLOW_DELETE && values.REGISTRY_AUTH_TYPE === 'none',
      'REGISTRY_ALLOW_DELETE is on and the registry has no login: every visitor may delete.',
    ],
    [
      values.REGISTRY_AUTH_TYPE === 'none' && hasServiceAccount,
      'REGISTRY_USERNAME is not used: REGISTRY_AUTH_TYPE is none.',
    ],
  ]
  return [
    ...warnings.flatMap(([applies, warning]) => (applies ? [warning] : [])),
    ...(values.ACCENT?.warnings ?? []),
    ...foreignNames.map(([foreign, name]) => `${foreign} is not read: its name here is ${name}.`),
  ]
}
