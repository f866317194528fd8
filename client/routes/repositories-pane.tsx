// The left pane: all repositories of the registry, as they arrive.

import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { useSearchParams } from 'react-router'
import type { Repository } from '../../shared/oci/reference.ts'
import { catalogQuery, namesOf } from '../api/catalog.ts'
import { explain } from '../api/explain.ts'
import { ApiError } from '../api/http.ts'
import { configQuery } from '../api/session.ts'
import { OpenByName } from '../features/repositories/open-by-name.tsx'
import { RepositoryList } from '../features/repositories/repository-list.tsx'
import { isGuestByChoice } from '../guest.ts'
import { Loading, Notice } from '../ui/notice.tsx'
import { Pane } from '../ui/pane.tsx'
import { Failure } from './failure.tsx'

/** The catalog is closed to this account or to guests, or there is none: the registry works all the same. */
function isClosed(error: unknown, leadsToLogin: boolean): boolean {
  const { kind } = explain(error)
  if (kind === 'login') return !leadsToLogin
  return (
    kind === 'denied' || kind === 'not-found' || (error instanceof ApiError && error.code === 'UNSUPPORTED')
  )
}

/** The filter lives in the URL while the list is what the page is about. */
function useFilter(isMain: boolean) {
  const [search, setSearch] = useSearchParams()
  const set = (value: string) => setSearch(value === '' ? {} : { filter: value }, { replace: true })
  return isMain ? ([search.get('filter') ?? '', set] as const) : undefined
}

export function RepositoriesPane({ selected }: { selected: Repository | undefined }) {
  const catalog = useInfiniteQuery(catalogQuery)
  const config = useQuery(configQuery).data
  const isMain = selected === undefined
  const filter = useFilter(isMain)
  const { data, error, hasNextPage, isFetching, isError, fetchNextPage } = catalog

  // one page after the other until there is none: what came is on screen meanwhile
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage()
  }, [hasNextPage, isFetching, isError, fetchNextPage])

  const names = useMemo(() => namesOf(data?.pages ?? []), [data])
  const complete = data !== undefined && !hasNextPage
  const level = isMain ? 1 : 2
  const leadsToLogin = isMain && config?.login !== false && !isGuestByChoice()
  if (data === undefined && isError && isClosed(error, leadsToLogin))
    return (
      <Pane title="Repositories" level={level}>
        <Notice title="This registry does not let you list its repositories">
          <p>{explain(error).hint} You can still open those you know.</p>
        </Notice>
        {config !== undefined && <OpenByName config={config} />}
      </Pane>
    )
  const count = names.length.toLocaleString('en')
  return (
    <Pane
      title="Repositories"
      level={level}
      aside={data !== undefined && (complete ? count : `${count} so far…`)}
    >
      {data === undefined ? (
        isError ? (
          <Failure error={error} retry={() => void catalog.refetch()} />
        ) : (
          <Loading what="repositories" />
        )
      ) : (
        <>
          {isError && (
            <Failure
              error={error}
              retry={() => void (hasNextPage ? fetchNextPage() : catalog.refetch())}
              action="Continue"
            />
          )}
          <RepositoryList names={names} complete={complete} selected={selected} filter={filter} />
        </>
      )}
    </Pane>
  )
}
