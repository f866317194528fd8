// Code that is loaded when something is opened, without Suspense.

import { type ComponentType, type ReactNode, useEffect, useState } from 'react'
import { useStandIn } from './part.tsx'

/** A component whose code comes later. `load` may be called ahead: it is then drawn at once. */
export interface Late<Props> {
  (props: Props): ReactNode
  load(): void
}

/**
 * What React's `lazy` does, within a Part: but React shows what has suspended 300 ms after its stand-in at the
 * earliest, and shows the stand-in even if the code is there already. Throws what `load` rejects with.
 */
export function late<Props extends object>(load: () => Promise<ComponentType<Props>>): Late<Props> {
  let loaded: ComponentType<Props> | undefined
  const start = async () => {
    loaded ??= await load()
    return loaded
  }
  function Late(props: Props) {
    const standIn = useStandIn()
    const [Loaded, setLoaded] = useState(() => loaded)
    const [failure, setFailure] = useState<{ readonly error: unknown }>()
    useEffect(() => {
      if (Loaded !== undefined) return
      start().then(
        (component) => setLoaded(() => component),
        (error: unknown) => setFailure({ error }),
      )
    }, [Loaded])
    if (failure !== undefined) throw failure.error
    return Loaded === undefined ? standIn : <Loaded {...props} />
  }
  // loaded ahead: whoever needs it then will be told that it failed
  return Object.assign(Late, { load: () => void start().catch(() => {}) })
}
