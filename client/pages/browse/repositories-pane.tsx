// The left pane: all repositories of the registry, as they arrive.

import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import type { Repository } from '../../../shared/oci/reference.ts'
import { catalogQuery, isIncomplete, walkCatalog } from '../../api/catalog.ts'
import { explain } from '../../api/explain.ts'
import { ApiError } from '../../api/http.ts'
import { configQuery } from '../../api/session.ts'
import { Failure } from '../../components/failure.tsx'
import { Incomplete } from '../../components/incomplete.tsx'
import { late } from '../../components/late.tsx'
import { Loading, Notice } from '../../components/notice.tsx'
import { Pane } from '../../components/pane.tsx'
import { StaleNote } from '../../components/stale-note.tsx'
import { EmptyToggle } from '../../features/repositories/empty-toggle.tsx'
import { RepositoryActions } from '../../features/repositories/repository-actions.tsx'
import { emptyOf, indexOf, without } from '../../features/repositories/repository-index.ts'
import { RepositoryList } from '../../features/repositories/repository-list.tsx'
import { useFlatView } from '../../features/repositories/use-flat-view.ts'
import { useHidesEmpty } from '../../features/repositories/use-hides-empty.ts'
import { useTagCounts } from '../../features/repositories/use-tag-counts.ts'
import { isGuestByChoice } from '../../features/session/guest-mode.ts'
import { useUrlFilter } from '../../lib/use-url-filter.ts'

/** For registries that list nothing; no part of the first screen of all others. */
const OpenByName = late(async () => (await import('../../features/repositories/open-by-name.tsx')).OpenByName)

/** The catalog is closed to this account or to guests, or there is none: the registry works all the same. */
function isClosed(error: unknown, leadsToLogin: boolean): boolean {
  const { kind } = explain(error)
  if (kind === 'login') return !leadsToLogin
  return (
    kind === 'denied' || kind === 'not-found' || (error instanceof ApiError && error.code === 'UNSUPPORTED')
  )
}

export function RepositoriesPane({ selected }: { selected: Repository | undefined }) {
  const queryClient = useQueryClient()
  const catalog = useInfiniteQuery(catalogQuery)
  const config = useQuery(configQuery).data
  const isMain = selected === undefined
  const [filter, setFilter] = useUrlFilter(isMain)
  const [flat, setFlat] = useFlatView(isMain)
  const [hidesEmpty, setHidesEmpty] = useHidesEmpty(isMain)
  const tagCounts = useTagCounts()
  const { data, error, hasNextPage, isError, isFetching, isRefetching, fetchNextPage, refetch } = catalog
  // whatever has brought a page here, the rest follows
  const rests = hasNextPage && !isFetching && !isError
  useEffect(() => {
    if (rests) void walkCatalog(queryClient)
  }, [rests, queryClient])

  const all = useMemo(() => indexOf(data?.pages ?? []), [data])
  const empty = useMemo(() => emptyOf(all, tagCounts), [all, tagCounts])
  const index = useMemo(
    () => (hidesEmpty && empty.size > 0 ? without(all, empty, selected) : all),
    [hidesEmpty, all, empty, selected],
  )
  // a next page that was signed before Gantry restarted leads nowhere: the list begins anew
  const goesOn = hasNextPage && !(error instanceof ApiError && error.code === 'REQUEST_INVALID')
  const complete = data !== undefined && !hasNextPage
  const incomplete = complete && isIncomplete(data)
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
  const count = all.names.length.toLocaleString('en')
  const aside = data !== undefined && (
    <>
      {complete ? count : `${count} so far${isError ? '' : '…'}`}
      {incomplete && ' and more'}
      <EmptyToggle count={empty.size} hidden={hidesEmpty} onChange={setHidesEmpty} />
      {complete && <StaleNote at={catalog.dataUpdatedAt} />}
    </>
  )
  const actions = data !== undefined && (
    <RepositoryActions
      flat={flat}
      onFlat={setFlat}
      busy={isRefetching || !(complete || isError)}
      onRefresh={() => void refetch()}
    />
  )
  return (
    <Pane title="Repositories" level={level} aside={aside} actions={actions}>
      {data === undefined ? (
        isError ? (
          <Failure error={error} retry={() => void refetch()} />
        ) : (
          <Loading what="repositories" />
        )
      ) : (
        <>
          {isError && (
            <Failure
              error={error}
              retry={() => void (goesOn ? fetchNextPage() : refetch())}
              action={goesOn ? 'Continue' : 'Try again'}
            />
          )}
          {incomplete && <Incomplete what="repositories" />}
          <RepositoryList
            index={index}
            complete={complete && !(incomplete && all.names.length === 0)}
            selected={selected}
            filter={filter}
            onFilter={setFilter}
            flat={flat}
            tagCounts={tagCounts}
          />
        </>
      )}
    </Pane>
  )
}
