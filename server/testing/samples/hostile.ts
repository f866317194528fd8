// Texts an image may carry against those who look at it: none may ever run, load or rearrange the page.

import { type BuildStep, buildArtifact, buildImage } from '../image-builder.ts'
import type { ImageStore } from '../image-store.ts'
import { AMD64, type Rootfs, serviceRuntime, serviceSteps } from './service.ts'

const REPOSITORY = 'web/storefront'

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
  'org.opencontainers.image.base.name': 'javascript:alert(1)//registry.example/base:1',
  'org.opencontainers.image.revision': '"><iframe src="https://evil.example/revision">',
}

/** Lines of its history. */
const HOSTILE_STEPS: readonly BuildStep[] = [
  {
    by: '<script>alert("history")</script>',
    comment: '<img src=https://evil.example/comment onerror=alert(1)>',
  },
  { by: 'RUN /bin/sh -c echo "<svg onload=alert(1)>" && curl javascript:alert(1) # buildkit' },
  { by: 'ENV PAGE=data:text/html,<script>alert(1)</script>', comment: 'buildkit.dockerfile.v0' },
]

/** Marks of a page that ran: they are looked for in the browser. */
const RUN = "document.title='it ran';try{parent.document.title='it ran'}catch{};alert(document.cookie)"

/** Files that a browser would run as a page or a script of our origin, by media type and name. */
export const HOSTILE_FILES: readonly (readonly [mediaType: string, name: string, content: string])[] = [
  [
    'text/html',
    'page.html',
    `<!doctype html><h1>a page</h1><img src=x onerror="${RUN}"><script>${RUN}</script>`,
  ],
  [
    'image/svg+xml',
    'picture.svg',
    `<svg xmlns="http://www.w3.org/2000/svg" onload="${RUN}"><script>${RUN}</script></svg>`,
  ],
  ['application/xml', 'document.xml', `<x><script xmlns="http://www.w3.org/1999/xhtml">${RUN}</script></x>`],
  ['text/javascript', 'script.js', RUN],
]

/** The image, and the files as an artifact that refers to it. */
export function addHostile(store: ImageStore, rootfs: Rootfs, created: string): void {
  const image = buildImage(store, REPOSITORY, {
    created,
    author: '<img src=https://evil.example/author onerror=alert(1)>',
    steps: [...serviceSteps(rootfs(AMD64), 'storefront', 'hostile', AMD64), ...HOSTILE_STEPS],
    runtime: { ...serviceRuntime('storefront', 'hostile'), Labels: HOSTILE_LABELS },
    annotations: HOSTILE_ANNOTATIONS,
  })
  store.tag(REPOSITORY, 'hostile', image.digest)
  const files = buildArtifact(store, REPOSITORY, {
    artifactType: 'text/html',
    layers: HOSTILE_FILES.map(([mediaType, name, content]) => ({
      mediaType,
      bytes: Buffer.from(content),
      annotations: { 'org.opencontainers.image.title': `${name}"><script>alert(1)</script>` },
    })),
    subject: image,
    annotations: HOSTILE_ANNOTATIONS,
  })
  store.tag(REPOSITORY, 'hostile-files', files.digest)
}
