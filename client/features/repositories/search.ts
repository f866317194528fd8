// Finding repositories by any part of their names, the likeliest first.

import type { Repository } from '../../../shared/oci/reference.ts'

/** More than anybody types; the filter is part of the URL, and each word is looked for in 100,000 names. */
const MAX_WORDS = 16

/** The first 16 words of a filter: each must be somewhere in the name. Names are lower case by their grammar. */
export function wordsOf(filter: string): readonly string[] {
  const words = filter.toLowerCase().split(/\s+/, MAX_WORDS + 1)
  return words.filter((word) => word !== '').slice(0, MAX_WORDS)
}

const WORST = 5

/** 0: the name itself; then its end from a slash on, the beginning of its last component, of any, of a word; 5: within. */
function rankOf(name: string, word: string, at: number): number {
  let rank = WORST
  for (let found = at; found !== -1; found = name.indexOf(word, found + 1)) {
    const before = name[found - 1]
    if (before === undefined || before === '/') {
      if (found + word.length === name.length) return before === undefined ? 0 : 1
      rank = Math.min(rank, name.includes('/', found) ? 3 : 2)
    } else if (before === '-' || before === '_' || before === '.') rank = Math.min(rank, 4)
  }
  return rank
}

/** What a filter has found. */
interface Finding {
  readonly words: readonly string[]
  /** In the order of the catalog: what a longer filter may find is among them. */
  readonly names: readonly Repository[]
  readonly ranked: readonly Repository[]
}

/** Linear: each name is read once and put into the bucket of its rank, nothing is sorted. */
function find(among: readonly Repository[], words: readonly string[]): Finding {
  const names: Repository[] = []
  const buckets: Repository[][] = Array.from({ length: words.length * WORST + 1 }, () => [])
  all: for (const name of among) {
    let rank = 0
    for (const word of words) {
      const at = name.indexOf(word)
      if (at === -1) continue all
      rank += rankOf(name, word, at)
    }
    names.push(name)
    buckets[rank]?.push(name)
  }
  return { words, names, ranked: buckets.flat() }
}

/** Shorter filters that are remembered for whoever takes letters back. */
const MAX_REMEMBERED = 8

/** Whether all that `longer` finds is found by `shorter` too. */
const narrows = (shorter: readonly string[], longer: readonly string[]) =>
  shorter.every((word) => longer.some((other) => other.includes(word)))

/**
 * A search of these names, made for somebody who types: a further letter is looked for in what was found before it,
 * and a letter that is taken back brings that back.
 *
 * @returns the names that hold every word, ranked by where they hold them; equal ranks keep the order given.
 */
export function createSearch(
  names: readonly Repository[],
): (words: readonly string[]) => readonly Repository[] {
  const whole: Finding = { words: [], names, ranked: names }
  let found: readonly Finding[] = []
  return (words) => {
    const shorter = found.filter((finding) => narrows(finding.words, words))
    const nearest = shorter.at(-1) ?? whole
    if (nearest.words.join(' ') === words.join(' ')) {
      found = shorter
      return nearest.ranked
    }
    const finding = find(nearest.names, words)
    found = [...shorter, finding].slice(-MAX_REMEMBERED)
    return finding.ranked
  }
}

/** A piece of a text, and whether a word of the filter is in it. */
export interface Piece {
  readonly text: string
  readonly matches: boolean
}

/** A name cut where words of the filter begin and end; overlapping ones are one piece. */
export function highlight(name: string, words: readonly string[]): readonly Piece[] {
  const marked = new Uint8Array(name.length)
  for (const word of words)
    for (let at = name.indexOf(word); at !== -1; at = name.indexOf(word, at + 1))
      marked.fill(1, at, at + word.length)
  const pieces: Piece[] = []
  for (let start = 0; start < name.length; ) {
    let end = start + 1
    while (end < name.length && marked[end] === marked[start]) end++
    pieces.push({ text: name.slice(start, end), matches: marked[start] === 1 })
    start = end
  }
  return pieces
}
