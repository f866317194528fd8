import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import type { Tag } from '../../../shared/oci/reference.ts'
import { sift } from './filter.ts'

export interface TagFilter {
  /** Undefined without a filter, and until a new one has gone through all tags: every tag matches. */
  readonly matches: ((tag: string) => boolean) | undefined
  /** Why it is no filter. */
  readonly problem: string | undefined
  /** Where the problem is not the filter's: tries again. */
  readonly retry?: () => void
}

type Matcher = Pick<TagFilter, 'matches' | 'problem'>

const NONE: Matcher = { matches: undefined, problem: undefined }
const PATTERN = /^\/(.+)\/([a-z]*)$/s
const unusable = (problem: string): Matcher => ({ matches: () => false, problem })

/** The engine of `/regular expressions/`, once somebody types one. */
function useEngine(enabled: boolean) {
  const { data, isError, refetch } = useQuery({
    queryKey: ['regular expressions'],
    queryFn: async () => (await import('./pattern.ts')).compilePattern,
    enabled,
    // it may be in the browser's cache, and what is not should fail and say so
    networkMode: 'always',
    staleTime: Number.POSITIVE_INFINITY,
  })
  return { compile: data, failed: enabled && data === undefined && isError, refetch }
}

/** The tags that a pattern finds; those of the pattern before while it looks, so that nothing flickers. */
function useSifted(pattern: TagFilter['matches'], tags: readonly Tag[]): Matcher {
  const [sifted, setSifted] = useState(NONE)
  useEffect(() => {
    if (pattern === undefined) return setSifted(NONE)
    const leaving = new AbortController()
    sift(tags, pattern, leaving.signal).then(
      (found) =>
        setSifted(
          found === undefined
            ? unusable('This pattern takes too long')
            : { matches: (tag) => found.has(tag), problem: undefined },
        ),
      () => {}, // typed on
    )
    return () => leaving.abort()
  }, [pattern, tags])
  return sifted
}

/** The filter as it is typed: a part of the tag, or `/a regular expression/`, with an `i` behind it if upper case does not count. */
export function useTagFilter(text: string, tags: readonly Tag[]): TagFilter {
  const [, source, flags = ''] = PATTERN.exec(text.trim()) ?? []
  const { compile, failed, refetch } = useEngine(source !== undefined)
  const typed = useMemo((): Matcher => {
    const part = text.trim().toLowerCase()
    if (part === '') return NONE
    if (source === undefined)
      return { matches: (tag) => tag.toLowerCase().includes(part), problem: undefined }
    if (!/^i?$/.test(flags)) return unusable('The only flag is i')
    if (compile === undefined) return NONE
    try {
      return { matches: compile(source, flags), problem: undefined }
    } catch (error) {
      const why = error instanceof Error && error.cause === 'limit' ? ` (${error.message})` : ''
      return unusable(`No regular expression${why}`)
    }
  }, [text, source, flags, compile])
  const isPattern = source !== undefined && typed.problem === undefined
  const sifted = useSifted(isPattern ? typed.matches : undefined, tags)
  if (failed)
    return {
      ...unusable('Patterns could not be loaded'),
      retry: () => void refetch({ cancelRefetch: false }),
    }
  return isPattern ? sifted : typed
}
