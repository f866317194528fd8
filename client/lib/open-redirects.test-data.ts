// Addresses that try to lead away from the page, made by rules. Each is a host of somebody else's behind one
// of the beginnings that some browser, server or library has taken for the start of a host, or a scheme of its own.

const HOSTS = [
  'evil.example',
  'evil.example:443/r/payments/api',
  'gantry.example@evil.example',
  'gantry.example:443@evil.example/login',
  'gantry.example.evil.example',
  'evil\u3002example',
  '0x7f000001',
  '[::ffff:127.0.0.1]',
]

/** What browsers drop, trim or take for a slash, between two slashes and in front of them. */
const GAPS = [
  '\t',
  '\n',
  '\r',
  '\v',
  '\f',
  '\0',
  ' ',
  '\u0085',
  '\u00a0',
  '\u1680',
  '\u2028',
  '\u2029',
  '\u3000',
  '\ufeff',
]

const SLASHES = [
  '//',
  '///',
  '////',
  '/\\',
  '\\/',
  '\\\\',
  '/\\/',
  '\\\\\\\\',
  '/\u2215',
  '/\uff0f',
  '\uff0f\uff0f',
]
const DOTS = [
  '/.//',
  '/..//',
  '/./\\',
  '/.\\/',
  '/r/..//',
  '/r/../..//',
  '/..;//',
  '/%2e//',
  '/%2E%2e//',
  '/r/%2e%2e//',
]
const ENCODED = [
  '%2f%2f',
  '/%2f',
  '/%2F%2f',
  '/%5c',
  '/%5C/',
  '/%09/',
  '/%0a//',
  '/%0d%0a//',
  '/%00//',
  '/%252f',
  '/%c0%af',
]
const SCHEMES = [
  'http://',
  'https://',
  'HTTPS://',
  'https:',
  'https:/',
  'https:///',
  'https:\\\\',
  'http:/\\/',
  'ht\ttps://',
]
const INSIDE = ['@', '/@', '.', '?//', '#//', '//@', '/;@', '/login//', '/login?next=//', '/#@', '/?@']

const CODE = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\tscript:alert(1)',
  'java\nscript:alert(1)',
  ' javascript:alert(1)',
  '\u0001javascript:alert(1)',
  'javascript://gantry.example/%0aalert(1)',
  '/javascript:alert(1)',
  '//javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox(1)',
  'blob:https://evil.example/1',
  'file:///etc/passwd',
  'filesystem:https://evil.example/temporary/x',
  'view-source:https://evil.example',
  'about:blank',
  'mailto:mira@evil.example',
  'ftp://evil.example',
  'ws://evil.example',
  'x:evil.example',
]

/** Some eight hundred of them, in no order that matters. */
export const OPEN_REDIRECTS: readonly string[] = [
  ...[
    ...SLASHES,
    ...DOTS,
    ...ENCODED,
    ...SCHEMES,
    ...INSIDE,
    ...GAPS.flatMap((gap) => [`/${gap}/`, `${gap}//`, `/${gap}\\`]),
    ...DOTS.map((dots) => `https:${dots}`),
  ].flatMap((lead) => HOSTS.map((host) => lead + host)),
  ...CODE,
]
