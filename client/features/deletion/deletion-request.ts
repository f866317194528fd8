// Whether tags of the open repository can be deleted here, and the way to it: what goes is shown before it does.

import { createContext, useContext } from 'react'
import type { Tag } from '../../../shared/oci/reference.ts'

export type AskDeletion = (tags: readonly Tag[]) => void

export const DeletionContext = createContext<AskDeletion | undefined>(undefined)

/** Opens the dialog; undefined where nothing can be deleted, and no button belongs. */
export function useAskDeletion(): AskDeletion | undefined {
  return useContext(DeletionContext)
}
