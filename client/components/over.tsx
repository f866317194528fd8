// What is laid over the page, whose code comes when it is opened: if it does not come, the page stays.

import type { ReactNode } from 'react'
import { Boundary } from './boundary.tsx'
import controls from './controls.module.css'
import { Failure } from './failure.tsx'

interface OverProps {
  /** Absent where there is no way on without it. */
  readonly onClose?: () => void
  readonly children: ReactNode
}

export function Over({ onClose, children }: OverProps) {
  return (
    <Boundary
      fallback={(error) => (
        <Failure error={error}>
          {onClose && (
            <>
              <button type="button" className={controls.plain} onClick={onClose}>
                Close
              </button>{' '}
            </>
          )}
        </Failure>
      )}
    >
      {children}
    </Boundary>
  )
}
