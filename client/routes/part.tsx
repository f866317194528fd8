// A part of a page that loads and fails by itself.

import { useQueryErrorResetBoundary } from '@tanstack/react-query'
import { type ReactNode, Suspense } from 'react'
import { Boundary } from '../ui/boundary.tsx'
import { Loading } from '../ui/notice.tsx'
import { Failure } from './failure.tsx'

/** @param id  of what is shown: another one starts afresh. @param what  names it while it loads. */
export function Part({ id, what, children }: { id: string; what: string; children: ReactNode }) {
  const { reset } = useQueryErrorResetBoundary()
  return (
    <Boundary
      key={id}
      fallback={(error, again) => {
        const retry = () => {
          reset()
          again()
        }
        return <Failure error={error} retry={retry} />
      }}
    >
      <Suspense fallback={<Loading what={what} />}>{children}</Suspense>
    </Boundary>
  )
}
