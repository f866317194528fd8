import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'

export interface TagFilter {
  /** Undefined without a filter: every tag matches. */
  readonly matches: ((tag: string) => boolean) | undefined
  /** Why it is no filter. */
  readonly problem: string | undefined
}

const NONE: TagFilter = { matches: undefined, problem: undefined }
const PATTERN = /^\/(.+)\/([a-z]*)$/s

/** The filter as it is typed: a part of the tag, or `/a regular expression/`, with an `i` behind it if upper case does not count. */
export function useTagFilter(text: string): TagFilter {
  const [, source, flags = ''] = PATTERN.exec(text.trim()) ?? []
  const engine = useQuery({
    queryKey: ['regular expressions'],
    queryFn: () => import('./pattern.ts'),
    enabled: source !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  }).data
  return useMemo(() => {
    const part = text.trim().toLowerCase()
    if (part === '') return NONE
    if (source === undefined)
      return { matches: (tag) => tag.toLowerCase().includes(part), problem: undefined }
    if (!/^i?$/.test(flags)) return { matches: () => false, problem: 'The only flag is i' }
    if (engine === undefined) return NONE
    try {
      return { matches: engine.compilePattern(source, flags), problem: undefined }
    } catch {
      return { matches: () => false, problem: 'No regular expression' }
    }
  }, [text, source, flags, engine])
}
