// What an image was built on: found by the layers it shares.

import type { Descriptor } from './manifest.ts'

/** An image seen before, with how to name it. */
export interface SeenImage {
  readonly name: string
  readonly layers: readonly Pick<Descriptor, 'digest'>[]
}

export interface SharedBase {
  readonly name: string
  /** How many layers, from the first, both have. */
  readonly layerCount: number
}

/**
 * Finds an image whose layers are all among the first of another: what that was built on, or its sibling.
 *
 * @param layers  of the image in question, base first.
 * @param seen  images looked at before; one with the same layers or more is no base.
 * @returns the one that shares most; of equal ones the first. undefined if there is none.
 */
export function findBase(
  layers: readonly Pick<Descriptor, 'digest'>[],
  seen: readonly SeenImage[],
): SharedBase | undefined {
  let best: SharedBase | undefined
  for (const { name, layers: others } of seen) {
    const count = others.length
    if (count === 0 || count >= layers.length || count <= (best?.layerCount ?? 0)) continue
    if (others.every(({ digest }, index) => layers[index]?.digest === digest))
      best = { name, layerCount: count }
  }
  return best
}
