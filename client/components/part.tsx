// A part of a page that loads and fails by itself.

import { useQueryErrorResetBoundary } from '@tanstack/react-query'
import { createContext, type ReactNode, Suspense, useContext } from 'react'
import { Boundary } from './boundary.tsx'
import { Failure } from './failure.tsx'
import { Loading } from './notice.tsx'

const StandIn = createContext<ReactNode>(undefined)

/**
 * What a part shows while it waits for something without suspending: React shows what has suspended 300 ms after
 * its stand-in at the earliest, which is ten times as long as most registries take to list some tags.
 */
export const useStandIn = () => useContext(StandIn)

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
  const standIn = frame(<Loading what={what} />)
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
      <StandIn value={standIn}>
        <Suspense fallback={standIn}>{children}</Suspense>
      </StandIn>
    </Boundary>
  )
}
