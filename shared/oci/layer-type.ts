// How a layer is packed, by its media type.

import type { Descriptor } from './manifest.ts'
import { DOCKER_FOREIGN_LAYER, essence } from './media-types.ts'

export interface LayerType {
  /** In words: `gzip`, `zstd`, `tar`; the media type where it says nothing of that, `no type` where there is none. */
  readonly packing: string
  /** It lies elsewhere and is not pushed to registries: never fetched by Gantry. */
  readonly isForeign: boolean
}

/** Reads a layer's media type. What names other places to fetch it from is foreign too. */
export function layerTypeOf({ mediaType, urls }: Pick<Descriptor, 'mediaType' | 'urls'>): LayerType {
  const type = essence(mediaType)
  const isForeign =
    type === DOCKER_FOREIGN_LAYER || type.includes('.layer.nondistributable.') || (urls?.length ?? 0) > 0
  const suffix =
    /[.+](gzip|zstd)(?:\+encrypted)?$/.exec(type)?.[1] ??
    (/\.tar(?:\+encrypted)?$/.test(type) ? 'tar' : mediaType || 'no type')
  return { packing: type.endsWith('+encrypted') ? `${suffix}, encrypted` : suffix, isForeign }
}
