import type { ReactNode } from 'react'
import { Notice } from './notice.tsx'

/** Above a list whose registry names more than could be read. */
export function Incomplete({ what, children }: { what: string; children?: ReactNode }) {
  return (
    <Notice title="This list is incomplete">
      <p>
        The registry may have more {what}, but its list breaks off here. They can still be opened by name, in
        the search at the top.
      </p>
      {children}
    </Notice>
  )
}
