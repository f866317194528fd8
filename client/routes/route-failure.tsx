// The error boundary of every route: nothing that throws leaves a blank page.

import { useQueryErrorResetBoundary } from '@tanstack/react-query'
import { isRouteErrorResponse, Link, useRevalidator, useRouteError } from 'react-router'
import { home } from '../paths.ts'
import { Notice } from '../ui/notice.tsx'
import { Failure } from './failure.tsx'

export function RouteFailure() {
  const error = useRouteError()
  const { reset } = useQueryErrorResetBoundary()
  const { revalidate } = useRevalidator()
  if (isRouteErrorResponse(error) && error.status === 404)
    return (
      <Notice title="Not found">
        <p>This address is no page of Gantry, or it holds a name that no registry can have.</p>
        <p>
          <Link to={home}>All repositories</Link>
        </p>
      </Notice>
    )
  // a chunk of a version that is gone after an update: only a reload helps
  const outdated = error instanceof TypeError && /import|module|fetch/i.test(error.message)
  const retry = () => {
    if (outdated) return location.reload()
    reset()
    void revalidate()
  }
  return <Failure error={error} retry={retry} action={outdated ? 'Reload' : 'Try again'} />
}
