// Texts an image may carry against those who look at it: none may ever run, load or rearrange the page.

/** Labels of an image; values and names are under its author's control. */
export const HOSTILE_LABELS: Record<string, string> = {
  'script tag': '<script>alert(document.domain)</script>',
  'event handler': '"><img src=x onerror=alert(1)>',
  'org.opencontainers.image.url': 'javascript:alert(document.cookie)',
  'org.opencontainers.image.documentation': 'data:text/html,<script>alert(1)</script>',
  'org.opencontainers.image.source': 'https://user:secret@git.example.com/%00"onclick="alert(1)',
  'right to left': '\u202egnp.exe\u202c looks like a picture',
  'emoji and joiners': '👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301',
  'zero width': 'pay\u200bments\ufeff',
  '<b>name</b>': 'markup in the name',
  ['__proto__']: 'polluted',
  'control characters': 'bell \u0007, escape \u001b[31mred\u001b[0m, newline\nsecond line',
  'long word': 'x'.repeat(2000),
}

/** Annotations of its manifest. */
export const HOSTILE_ANNOTATIONS: Record<string, string> = {
  'org.opencontainers.image.title': '<style>*{display:none}</style>',
  'org.opencontainers.image.url': 'JaVaScRiPt:alert(1)',
  'org.opencontainers.image.description': '</script><svg onload=alert(1)>',
}
