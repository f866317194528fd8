// What the palette offers for what is typed: an image reference, repositories, actions of the page.

import {
  formatReference,
  parsePastedReference,
  parseReference,
  type Reference,
} from '../../../shared/oci/reference.ts'
import type { PageAction } from '../../lib/page-actions.ts'

export interface Entry {
  readonly kind: 'reference' | 'repository' | 'recent' | 'action'
  readonly label: string
  readonly keys?: string | undefined
  readonly run: () => void
}

export interface Section {
  readonly title: string
  readonly entries: readonly Entry[]
}

export interface PaletteSource {
  /** `host[:port]`, as it stands in pull commands; undefined until it is known. */
  readonly registry: string | undefined
  /** The repositories that a text finds, the likeliest first. */
  readonly search: (text: string) => readonly string[]
  readonly recents: readonly string[]
  readonly actions: readonly PageAction[]
  /** Goes to a reference. */
  readonly open: (reference: Reference) => void
}

/** More than anybody reads; the next letter narrows them down. */
const MAX_SHOWN = 50

function found(actions: readonly PageAction[], words: readonly string[]): Entry[] {
  return actions.flatMap(({ label, keys, run }): Entry | readonly [] => {
    const text = label.toLowerCase()
    return label !== '' && words.every((word) => text.includes(word))
      ? { kind: 'action', label, keys, run }
      : []
  })
}

/** A name that could be anything, as `theme`, comes last: a path, a tag or a digest means a reference. */
const isMeant = (text: string, { tag, digest }: Reference) =>
  tag !== undefined || digest !== undefined || text.includes('/')

const hasKeys = ({ keys }: Entry) => keys !== undefined

/** Never more than 50 repositories, whatever the registry has; empty sections are left out. */
export function sectionsFor(typed: string, source: PaletteSource): readonly Section[] {
  const { registry, search, recents, actions, open } = source
  const text = typed.trim()
  const byName =
    (kind: Entry['kind']) =>
    (name: string): readonly Entry[] => {
      const reference = parseReference(name)
      return reference === undefined ? [] : [{ kind, label: name, run: () => open(reference) }]
    }
  if (text === '') {
    const entries = found(actions, [])
    return withEntries([
      { title: 'Opened lately', entries: recents.flatMap(byName('recent')) },
      // those with keys first: they are wanted most
      { title: 'Actions', entries: [...entries.filter(hasKeys), ...entries.filter((one) => !hasKeys(one))] },
    ])
  }
  const names = search(text).slice(0, MAX_SHOWN)
  const reference = parsePastedReference(text, registry ?? '')
  const label = reference && formatReference(reference)
  const isReference = reference !== undefined && isMeant(text, reference)
  const pasted: Section = {
    title: isReference ? 'Reference' : 'By name',
    entries:
      reference === undefined || label === undefined || names.includes(label)
        ? []
        : [{ kind: 'reference', label, run: () => open(reference) }],
  }
  const repositories = { title: 'Repositories', entries: names.flatMap(byName('repository')) }
  const matching = found(actions, text.toLowerCase().split(/\s+/))
  const isFirst = matching.some((action) => action.label.toLowerCase().startsWith(text.toLowerCase()))
  const doing = { title: 'Actions', entries: matching }
  const rest = isFirst ? [doing, repositories] : [repositories, doing]
  return withEntries(isReference ? [pasted, ...rest] : [...rest, pasted])
}

const withEntries = (sections: readonly Section[]) => sections.filter(({ entries }) => entries.length > 0)
