// Labels and annotations in words: which of them say something about the image that everybody knows how to read.

import type { Annotations } from './manifest.ts'

/** Key to words, in the order they are shown. The older label-schema names count as what replaced them. */
const WORDS = new Map([
  ['org.opencontainers.image.title', 'Title'],
  ['org.opencontainers.image.description', 'Description'],
  ['org.opencontainers.image.version', 'Version'],
  ['org.opencontainers.image.source', 'Source'],
  ['org.opencontainers.image.revision', 'Revision'],
  ['org.opencontainers.image.licenses', 'Licences'],
  ['org.opencontainers.image.vendor', 'Vendor'],
  ['org.opencontainers.image.authors', 'Authors'],
  ['org.opencontainers.image.url', 'Website'],
  ['org.opencontainers.image.documentation', 'Documentation'],
  ['org.opencontainers.image.created', 'Created'],
  ['org.opencontainers.image.ref.name', 'Name'],
  ['org.opencontainers.image.base.name', 'Base image'],
  ['org.opencontainers.image.base.digest', 'Base digest'],
])
const OLDER = new Map([
  ['org.label-schema.name', 'org.opencontainers.image.title'],
  ['org.label-schema.description', 'org.opencontainers.image.description'],
  ['org.label-schema.version', 'org.opencontainers.image.version'],
  ['org.label-schema.vcs-url', 'org.opencontainers.image.source'],
  ['org.label-schema.vcs-ref', 'org.opencontainers.image.revision'],
  ['org.label-schema.vendor', 'org.opencontainers.image.vendor'],
  ['org.label-schema.url', 'org.opencontainers.image.url'],
  ['org.label-schema.usage', 'org.opencontainers.image.documentation'],
  ['org.label-schema.build-date', 'org.opencontainers.image.created'],
  ['org.label-schema.license', 'org.opencontainers.image.licenses'],
  ['maintainer', 'org.opencontainers.image.authors'],
])

/** One thing said about an image, with the key it was said by. */
export interface Note {
  readonly key: string
  readonly word: string
  readonly value: string
}

export interface Notes {
  /** In the order of the words, each word once; empty values fall out. */
  readonly known: readonly Note[]
  /** What has no words, or says something else than what is in `known`: source by source, in order. */
  readonly rest: readonly (readonly (readonly [key: string, value: string])[])[]
}

function canonical(key: string): string | undefined {
  const name = OLDER.get(key) ?? key
  return WORDS.has(name) ? name : undefined
}

/**
 * Reads what is said about an image.
 *
 * @param sources  labels and annotations, the most specific first: its value counts where several say the same thing.
 */
export function readNotes(...sources: readonly Annotations[]): Notes {
  const found = new Map<string, Note>()
  for (const source of sources)
    for (const [key, value] of Object.entries(source)) {
      const name = canonical(key)
      if (name === undefined || value.trim() === '' || found.has(name)) continue
      found.set(name, { key, word: WORDS.get(name) ?? key, value })
    }
  const isSaid = (key: string, value: string) => {
    const name = canonical(key)
    return name !== undefined && (value.trim() === '' || found.get(name)?.value === value)
  }
  return {
    known: [...WORDS.keys()].flatMap((name) => found.get(name) ?? []),
    rest: sources.map((source) => Object.entries(source).filter(([key, value]) => !isSaid(key, value))),
  }
}

/** The value of one well-known key. */
export function noteOf({ known }: Notes, word: string): string | undefined {
  return known.find((note) => note.word === word)?.value
}
