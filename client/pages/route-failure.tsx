// The error boundary of every route: nothing that throws leaves a blank page.

import { useQueryErrorResetBoundary } from '@tanstack/react-query'
import { isRouteErrorResponse, Link, useRevalidator, useRouteError } from 'react-router'
import { explain } from '../api/explain.ts'
import { Failure } from '../components/failure.tsx'
import { Notice } from '../components/notice.tsx'
import { usePageTitle } from '../lib/page-title.ts'
import { home } from '../lib/paths.ts'

export function RouteFailure() {
  const error = useRouteError()
  const { reset } = useQueryErrorResetBoundary()
  const { revalidate } = useRevalidator()
  const isAddress = isRouteErrorResponse(error) && error.status === 404
  usePageTitle(isAddress ? 'Not found' : explain(error).title)
  if (isAddress)
    return (
      <Notice title="Not found" isPage>
        <p>This address is no page of Gantry, or it holds a name that no registry can have.</p>
        <p>
          <Link to={home}>All repositories</Link>
        </p>
      </Notice>
    )
  const retry = () => {
    reset()
    void revalidate()
  }
  return <Failure error={error} retry={retry} isPage />
}
