// An image's base, found by shared layers.

import type { Descriptor } from './manifest.ts'

/** An image seen before, and its name. */
export interface SeenImage {
  readonly name: string
  readonly layers: readonly Pick<Descriptor, 'digest'>[]
}

export interface SharedBase {
  readonly name: string
  /** How many layers both share, from the first on. */
  readonly layerCount: number
}

/**
 * Finds an image whose layers are all the first layers of another: its base, or another image on the same base.
 *
 * @param layers  of the image in question, base first.
 * @param seen  images looked at before; one with as many layers or more is not a base.
 * @returns the one that shares the most layers, the first of equals; undefined if there is none.
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
