import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Challenge, parseChallenges } from './challenge.ts'

const bearer = (realm: string, service?: string, scopes: string[] = []): Challenge => ({
  scheme: 'bearer',
  realm,
  service,
  scopes,
})

test.each<[string, string | undefined, Challenge[]]>([
  ['absent', undefined, []],
  ['empty', '', []],
  ['only commas', ' , ,, ', []],
  ['unterminated quote', 'Bearer realm="https://a', []],
  ['dangling escape', 'Bearer realm="https://a\\', []],
  ['unknown scheme', 'Negotiate', []],
  ['bearer without realm', 'Bearer service="s"', []],
  ['bearer with an empty realm', 'Bearer realm="",service="s"', []],
  ['bearer alone', 'Bearer', []],
  ['basic alone', 'Basic', [{ scheme: 'basic' }]],
  ['basic with an unquoted realm', 'Basic realm=registry', [{ scheme: 'basic' }]],
  ['basic with charset', 'Basic realm="x", charset="UTF-8"', [{ scheme: 'basic' }]],
  ['basic among others, no realm', 'Negotiate, Basic', [{ scheme: 'basic' }]],
  ['mixed case of scheme and names', 'bEaReR ReAlM="https://a/t",SERVICE="s"', [bearer('https://a/t', 's')]],
  ['lower-case scheme, escaped quote', String.raw`bearer realm="a\"b"`, [bearer('a"b')]],
  ['an escaped plain letter is that letter', String.raw`Bearer realm="\h\ttp"`, [bearer('http')]],
  [
    'two scopes, actions keep their comma',
    'Bearer realm="https://a/t",service="s",scope="repository:x/y:pull,push registry:catalog:*"',
    [bearer('https://a/t', 's', ['repository:x/y:pull,push', 'registry:catalog:*'])],
  ],
  ['any order', 'Bearer scope="a:b:c",service="s",realm="r"', [bearer('r', 's', ['a:b:c'])]],
  ['white space around = and commas', 'Bearer realm = "r" , service\t=\t"s"', [bearer('r', 's')]],
  ['surplus commas', ', ,Bearer realm="r",,service="s",', [bearer('r', 's')]],
  [
    'comma inside quotes',
    'Bearer realm="https://a/t?x=1,2", service="a, Basic"',
    [bearer('https://a/t?x=1,2', 'a, Basic')],
  ],
  [
    'two challenges in one field',
    'Bearer realm="r",service="s", Basic realm="b"',
    [bearer('r', 's'), { scheme: 'basic' }],
  ],
  ['basic first, order kept', 'Basic realm="b", Bearer realm="r"', [{ scheme: 'basic' }, bearer('r')]],
  ['token68 before', 'Negotiate abc==, Bearer realm="r"', [bearer('r')]],
  ['token68 without padding', 'NTLM TlRMTVNTUAAC, Basic', [{ scheme: 'basic' }]],
  [
    'unknown scheme with parameters between',
    'Digest realm="d", nonce="n,1", Bearer realm="r"',
    [bearer('r')],
  ],
  ['error parameters are ignored', 'Bearer realm="r",error="invalid_token"', [bearer('r')]],
  ['unknown parameters are ignored', 'Bearer foo=bar,realm="r"', [bearer('r')]],
  // accepted by skopeo and crane
  ['spaces for commas', 'Bearer realm="r" service="s" \t scope="a:b:c"', [bearer('r', 's', ['a:b:c'])]],
  ['a space for one comma', 'Bearer realm="r",service="s" scope="a:b:c"', [bearer('r', 's', ['a:b:c'])]],
  [
    'scope twice',
    'Bearer realm="r",scope="a:b:pull",service="s",scope="c:d:*"',
    [bearer('r', 's', ['a:b:pull', 'c:d:*'])],
  ],
  ['an unquoted Basic realm with spaces', 'Basic realm=Registry Realm', [{ scheme: 'basic' }]],
  ['a Basic realm in single quotes', "Basic realm='Sandstorm API'", [{ scheme: 'basic' }]],
  ['a Basic realm in single quotes with a comma', "Basic realm='Sandstorm, API'", [{ scheme: 'basic' }]],
  ['a Basic realm of other characters', 'Basic realm=<registry@here>', [{ scheme: 'basic' }]],
  ['an empty Basic realm', 'Basic realm=', [{ scheme: 'basic' }]],
  [
    'an odd Basic realm before Bearer',
    'Basic realm=Registry Realm, Bearer realm="r",service="s"',
    [{ scheme: 'basic' }, bearer('r', 's')],
  ],
  [
    'an odd Basic realm after Bearer',
    'Bearer realm="r", Basic realm=Registry Realm',
    [bearer('r'), { scheme: 'basic' }],
  ],
  ['an odd Basic realm with an open quote', 'Basic realm=Registry "Realm', []],
  ['an odd Basic realm that would hide a challenge', 'Basic realm=a "b, Bearer realm="r"', []],
  ['the Basic realm twice', 'Basic realm="a",realm="b"', []],
  ['an unquoted Bearer realm', 'Bearer realm=https://a/t,service="s"', []],
  ['an unquoted Bearer realm with spaces', 'Bearer realm=my realm,service="s"', []],
  ['the service twice', 'Bearer realm="r",service="s",service="t"', []],
  ['the realm twice, separated by a space', 'Bearer realm="https://good" realm="https://evil"', []],
  ['neither a space nor a comma', 'Bearer realm="r"service="s"', []],
  ['missing comma between challenges', 'Bearer realm="r" Basic realm="b"', []],
  ['the realm twice', 'Bearer realm="https://good",realm="https://evil"', []],
  ['the realm twice in other case', 'Bearer realm="https://good",REALM="https://evil"', []],
  ['control bytes', 'Bearer\u0000realm="r"', []],
  ['garbage after', 'Bearer realm="r",service="s";x', []],
  ['64 KiB', `Bearer realm="${'a'.repeat(64 * 1024)}"`, []],
])('parseChallenges: %s', (_name, header, expected) => {
  expect(parseChallenges(header)).toEqual(expected)
})

test('parseChallenges reads back any well-formed field', () => {
  const quote = (value: string) => `"${value.replace(/["\\]/g, '\\$&')}"`
  const text = fc.stringMatching(/^[\x20-\x7e]{1,30}$/)
  const challenge = fc.oneof(
    fc.constant<[string, Challenge]>(['Basic realm="x"', { scheme: 'basic' }]),
    fc
      .tuple(text, fc.option(text, { nil: undefined }))
      .map(([realm, service]): [string, Challenge] => [
        `Bearer realm=${quote(realm)}${service === undefined ? '' : `, service=${quote(service)}`}`,
        bearer(realm, service),
      ]),
  )
  fc.assert(
    fc.property(fc.array(challenge, { maxLength: 5 }), (sent) => {
      expect(parseChallenges(sent.map(([header]) => header).join(', '))).toEqual(
        sent.map(([, parsed]) => parsed),
      )
    }),
  )
})

test('parseChallenges never throws and stays linear on hostile input', () => {
  const alphabet = fc.constantFrom(
    '"',
    '\\',
    ',',
    ' ',
    '=',
    '\t',
    'a',
    'Basic ',
    'Bearer realm=',
    '/',
    '\u0000',
    '~',
  )
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 2000 }), (parts) => {
      expect(Array.isArray(parseChallenges(parts.join('')))).toBe(true)
    }),
  )
})
