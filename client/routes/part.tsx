// A part of a page that loads and fails by itself.

import { useQueryErrorResetBoundary } from '@tanstack/react-query'
import { type ReactNode, Suspense } from 'react'
import { Boundary } from '../ui/boundary.tsx'
import { Loading } from '../ui/notice.tsx'
import { Failure } from './failure.tsx'

interface PartProps {
  /** Of what is shown: another one starts afresh. */
  readonly id: string
  /** Names it while it loads. */
  readonly what: string
  /** Put around what stands in for it while it loads or when it fails. */
  readonly frame?: (standIn: ReactNode) => ReactNode
  readonly children: ReactNode
}

export function Part({ id, what, frame = (standIn) => standIn, children }: PartProps) {
  const { reset } = useQueryErrorResetBoundary()
  return (
    <Boundary
      key={id}
      fallback={(error, again) => {
        const retry = () => {
          reset()
          again()
        }
        return frame(<Failure error={error} retry={retry} />)
      }}
    >
      <Suspense fallback={frame(<Loading what={what} />)}>{children}</Suspense>
    </Boundary>
  )
}
