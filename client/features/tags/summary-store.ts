// The summaries of one repository's tags: what is in view is asked for first, the rest when somebody sorts by it.

import { MAX_SUMMARIES, type SummaryRow } from '../../../shared/api/summaries.ts'
import type { Tag } from '../../../shared/oci/reference.ts'
import { createBatches } from '../../lib/store.ts'
import { createKnownTags, PAUSE_MS } from './known-tags.ts'
import type { SummarySnapshot, SummaryStore, SummaryStoreOptions } from './summary-types.ts'

/** A screenful: small, so that the first rows are there at once. */
const MAX_IN_VIEW = 60

type Lane = 'view' | 'all'

/** At most two requests at a time: one for what is in view, one for the rest. */
export function createSummaryStore({ fetch, now }: SummaryStoreOptions): SummaryStore {
  const tags = createKnownTags(now)
  const running = new Map<Lane, { readonly tags: readonly Tag[]; readonly leaving: AbortController }>()
  let inView: readonly Tag[] = []
  /** Of those in view, what is to be asked for. */
  let due = new Set<Tag>()
  /** Asked for, and left before they came: once only, or a slow registry would never be done with them. */
  const left = new Set<Tag>()
  let all: readonly Tag[] = []
  let loadingAll = false
  /** Since when and why nothing is asked for. */
  let halted: { readonly atMs: number; readonly reason: unknown } | undefined
  const { subscribe, snapshot, publish, publishSoon, isPending } = createBatches<SummarySnapshot>({
    read: (revision) => ({
      known: tags.entries,
      revision,
      loadingAll,
      failure: halted?.reason ?? tags.trouble(),
      inVain: tags.inVainCount(),
    }),
    size: () => tags.entries.size,
    now,
  })

  function halt(reason: unknown): void {
    halted = { atMs: now(), reason }
    loadingAll = false
    publish()
  }

  /** @returns whether the row says something of its tag. */
  function put(row: SummaryRow): boolean {
    due.delete(row.tag as Tag)
    left.delete(row.tag as Tag)
    publishSoon()
    return tags.put(row)
  }

  /** What a lane asks for next; empty if there is nothing left. */
  function nextOf(lane: Lane): readonly Tag[] {
    if (lane === 'view') {
      // the first of the other request come as soon; what stands further down in it would have to wait
      const coming = new Set(running.get('all')?.tags.slice(0, MAX_IN_VIEW))
      return inView.filter((tag) => due.has(tag) && !coming.has(tag)).slice(0, MAX_IN_VIEW)
    }
    const coming = new Set(running.get('view')?.tags)
    const isMissing = (tag: Tag) => !coming.has(tag) && !tags.isKnown(tag) && !tags.isInVain(tag)
    return all.filter(isMissing).slice(0, MAX_SUMMARIES)
  }

  async function run(lane: Lane): Promise<void> {
    if (running.has(lane) || halted !== undefined) return
    const next = nextOf(lane)
    if (next.length === 0) {
      if (lane === 'all' && loadingAll && running.size === 0) {
        loadingAll = false
        publish()
      }
      return
    }
    const leaving = new AbortController()
    running.set(lane, { tags: next, leaving })
    let balance = 0
    try {
      await fetch(next, leaving.signal, (row) => {
        if (!leaving.signal.aborted) balance += put(row) ? 1 : -1
      })
      // one tag may time out; where most do, the registry is in trouble, and a storm would not help it
      if (balance < 0) halt(tags.trouble())
    } catch (error) {
      if (!leaving.signal.aborted) halt(error)
    }
    // a later request of this lane may have taken its place already
    if (running.get(lane)?.leaving === leaving) running.delete(lane)
    goOn()
  }
  function goOn(): void {
    void run('view')
    void run('all')
  }
  function leave(lane: Lane): void {
    running.get(lane)?.leaving.abort()
    running.delete(lane)
  }
  /** Whoever has scrolled on need not wait for what is out of view, unless all is wanted anyway. */
  function leaveUnseen(): void {
    const asked = running.get('view')?.tags ?? []
    if (loadingAll || asked.some((tag) => inView.includes(tag) || left.has(tag))) return
    for (const tag of asked) left.add(tag)
    leave('view')
  }
  function retry(): void {
    halted = undefined
    tags.forgive()
    due = new Set(inView.filter((tag) => due.has(tag) || !tags.isKnown(tag)))
    loadingAll = all.length > 0
    publish()
    goOn()
  }

  return {
    subscribe,
    snapshot,
    isKnown: tags.isKnown,
    retry,
    show(shown) {
      const before = new Set(inView)
      const isDue = (tag: Tag) => (before.has(tag) ? due.has(tag) : tags.isDue(tag))
      inView = shown
      due = new Set(shown.filter(isDue))
      leaveUnseen()
      const isOver = halted !== undefined && now() - halted.atMs >= PAUSE_MS
      if (isOver && shown.some((tag) => !before.has(tag))) retry()
      else void run('view')
    },
    loadAll(wanted) {
      all = wanted
      retry()
    },
    stop() {
      if (all.length === 0) return
      all = []
      loadingAll = false
      leave('all')
      publish()
      void run('view')
    },
    expire() {
      tags.expire()
      retry()
    },
    forget(gone) {
      tags.forget(gone)
      for (const tag of gone) due.delete(tag)
      publish()
    },
    rest() {
      inView = []
      due = new Set()
      all = []
      leave('view')
      leave('all')
      if (!isPending() && !loadingAll) return
      loadingAll = false
      publish()
    },
  }
}
