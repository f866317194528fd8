// The summaries of one repository's tags: what is in view is asked for first, the rest when somebody sorts by it.

import type { SummaryRow } from '../../../shared/api.ts'
import type { Tag } from '../../../shared/oci/reference.ts'
import { MAX_SUMMARIES } from '../../api/summaries.ts'

/** A row as it came, with its date as a number: it is compared very often. */
export interface KnownTag {
  readonly row: SummaryRow
  /** Milliseconds since 1970; NaN where nobody has recorded a date. */
  readonly createdMs: number
}

/** What the table is drawn from; a new one after each batch of rows. */
export interface SummarySnapshot {
  /** One map that grows; `revision` tells when. */
  readonly known: ReadonlyMap<Tag, KnownTag>
  readonly revision: number
  /** Whether all tags are being asked for. */
  readonly loadingAll: boolean
  /** Why a request as a whole failed; asking again clears it. */
  readonly failure: unknown
}

export interface SummaryStoreOptions {
  /** Streams rows; rejects as a whole, with AbortError when the signal says so. */
  readonly fetch: (
    tags: readonly Tag[],
    signal: AbortSignal,
    onRow: (row: SummaryRow) => void,
  ) => Promise<void>
  readonly now: () => number
}

export interface SummaryStore {
  subscribe(listener: () => void): () => void
  snapshot(): SummarySnapshot
  /** What is in view, or about to be. What is older than FRESH_MS is asked again, and shown meanwhile. */
  show(tags: readonly Tag[]): void
  /** Asks for all of these that are not known. */
  loadAll(tags: readonly Tag[]): void
  /** Ends what `loadAll` began; what came stays. */
  stop(): void
  /** Whatever is known is old from now on, and shown until something newer comes. */
  expire(): void
  /** Goes on after a failure. */
  retry(): void
  /** Ends every request: nobody looks any more. */
  rest(): void
}

/** A tag may be moved at any time; what was looked up is good for so long, as all the page shows. */
const FRESH_MS = 30_000
/** A screenful: small, so that the first rows are there at once. */
const MAX_IN_VIEW = 60
/** Rows are drawn in batches: sorting thousands for each one would cost more than fetching them. */
const BATCH_MS = 40
const LARGE = 2000
const LARGE_BATCH_MS = 250

type Lane = 'view' | 'all'

/** At most two requests at a time: one for what is in view, one for the rest. */
export function createSummaryStore({ fetch, now }: SummaryStoreOptions): SummaryStore {
  const known = new Map<Tag, KnownTag>()
  const askedAt = new Map<Tag, number>()
  const running = new Map<Lane, { readonly tags: readonly Tag[]; readonly leaving: AbortController }>()
  const listeners = new Set<() => void>()
  let inView: readonly Tag[] = []
  let all: readonly Tag[] = []
  let expiredAt = Number.NEGATIVE_INFINITY
  let failure: unknown
  let state: SummarySnapshot = { known, revision: 0, loadingAll: false, failure }
  let timer: ReturnType<typeof setTimeout> | undefined

  function publish(): void {
    clearTimeout(timer)
    timer = undefined
    state = { known, revision: state.revision + 1, loadingAll: all.length > 0, failure }
    for (const listener of listeners) listener()
  }
  function publishSoon(): void {
    timer ??= setTimeout(publish, known.size > LARGE ? LARGE_BATCH_MS : BATCH_MS)
  }
  const isFresh = (tag: Tag) => {
    const at = askedAt.get(tag)
    return at !== undefined && at > expiredAt && now() - at < FRESH_MS
  }
  const isAsked = (tag: Tag) => [...running.values()].some(({ tags }) => tags.includes(tag))

  function put(row: SummaryRow): void {
    const tag = row.tag as Tag // one of those asked for
    const createdMs =
      row.error === undefined && row.created !== undefined ? Date.parse(row.created) : Number.NaN
    known.set(tag, { row, createdMs })
    askedAt.set(tag, now())
    publishSoon()
  }

  /** What a lane asks for next; empty if there is nothing left. */
  function nextOf(lane: Lane): readonly Tag[] {
    if (lane === 'view') return inView.filter((tag) => !isFresh(tag) && !isAsked(tag)).slice(0, MAX_IN_VIEW)
    const asked = new Set([...running.values()].flatMap(({ tags }) => tags))
    const next: Tag[] = []
    for (const tag of all) {
      if (next.length === MAX_SUMMARIES) break
      if (!asked.has(tag) && (!known.has(tag) || (askedAt.get(tag) ?? 0) <= expiredAt)) next.push(tag)
    }
    return next
  }

  async function run(lane: Lane): Promise<void> {
    if (running.has(lane) || failure !== undefined) return
    const tags = nextOf(lane)
    if (tags.length === 0) {
      if (lane === 'all' && all.length > 0) {
        all = []
        publish()
      }
      return
    }
    const leaving = new AbortController()
    running.set(lane, { tags, leaving })
    try {
      await fetch(tags, leaving.signal, (row) => {
        if (!leaving.signal.aborted) put(row)
      })
    } catch (error) {
      if (!leaving.signal.aborted) {
        failure = error
        all = []
        publish()
      }
    }
    // a later request of this lane may have taken its place already
    if (running.get(lane)?.leaving === leaving) running.delete(lane)
    void run(lane)
  }
  function leave(lane: Lane): void {
    running.get(lane)?.leaving.abort()
    running.delete(lane)
  }

  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    snapshot: () => state,
    show(tags) {
      inView = tags
      // somebody has scrolled on: what nobody sees any more can wait
      const asked = running.get('view')
      if (asked !== undefined && !asked.tags.some((tag) => tags.includes(tag))) leave('view')
      void run('view')
    },
    loadAll(tags) {
      all = tags
      failure = undefined
      publish()
      void run('all')
    },
    stop() {
      all = []
      leave('all')
      publish()
    },
    expire() {
      expiredAt = now()
      this.retry()
    },
    retry() {
      failure = undefined
      publish()
      void run('view')
    },
    rest() {
      inView = []
      all = []
      leave('view')
      leave('all')
      if (timer !== undefined || state.loadingAll) publish()
    },
  }
}
