// For tests: React roots that end with their test. One that outlives it goes on working when its window is gone.

import { act } from 'react'
import { createRoot, type Root, type RootOptions } from 'react-dom/client'
import { afterEach } from 'vitest'

const roots: Root[] = []
afterEach(async () => {
  for (const root of roots.splice(0)) await act(async () => root.unmount())
})

export function createTestRoot(element: Element, options?: RootOptions): Root {
  const root = createRoot(element, options)
  roots.push(root)
  return root
}
