// / — all repositories of the registry, as they arrive.

import { type QueryClient, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { catalogQuery, namesOf } from '../api/catalog.ts'
import { explain } from '../api/explain.ts'
import { ApiError } from '../api/http.ts'
import { configQuery } from '../api/session.ts'
import { OpenByName } from '../features/repositories/open-by-name.tsx'
import { RepositoryList } from '../features/repositories/repository-list.tsx'
import { isGuestByChoice } from '../guest.ts'
import { Loading, Notice } from '../ui/notice.tsx'
import { usePageTitle } from '../ui/page-title.ts'
import { Pane } from '../ui/pane.tsx'
import { Failure } from './failure.tsx'

export const loader = (queryClient: QueryClient) => () => {
  void queryClient.prefetchInfiniteQuery(catalogQuery)
  return null
}

/** The catalog is closed to this account or to guests, or there is none: the registry works all the same. */
function isClosed(error: unknown, canLogIn: boolean): boolean {
  const { kind } = explain(error)
  return (
    (kind === 'login' && !canLogIn) ||
    kind === 'denied' ||
    kind === 'not-found' ||
    (error instanceof ApiError && error.code === 'UNSUPPORTED')
  )
}

export function Component() {
  const catalog = useInfiniteQuery(catalogQuery)
  const config = useQuery(configQuery).data
  const { data, error, hasNextPage, isFetching, isError, fetchNextPage } = catalog
  usePageTitle(config === undefined ? 'Repositories' : `${config.registry} · ${config.title}`)

  // one page after the other until there is none: what came is on screen meanwhile
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage()
  }, [hasNextPage, isFetching, isError, fetchNextPage])

  const names = useMemo(() => namesOf(data?.pages ?? []), [data])
  const complete = data !== undefined && !hasNextPage
  if (data === undefined && isClosed(error, config?.login !== false && !isGuestByChoice()))
    return (
      <Pane title="Repositories">
        <Notice title="This registry does not let you list its repositories">
          <p>{explain(error).hint} You can still open those you know.</p>
        </Notice>
        {config !== undefined && <OpenByName config={config} />}
      </Pane>
    )
  const count = names.length.toLocaleString('en')
  return (
    <Pane title="Repositories" aside={data !== undefined && (complete ? count : `${count} so far…`)}>
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
          <RepositoryList names={names} complete={complete} />
        </>
      )}
    </Pane>
  )
}

export { RouteFailure as ErrorBoundary } from './route-failure.tsx'
