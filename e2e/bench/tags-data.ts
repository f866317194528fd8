// The repository of 5,000 distinct tags that two benches use.

import type { RegistryStorage } from './storage.ts'
import { putImage } from './storage.ts'

export const TAGGED = 'team/app'
export const TAG_COUNT = 5000

/** Each tag an image of its own: a manifest and a config of its own. @returns the tags. */
export function putTags(storage: RegistryStorage): string[] {
  const layer = storage.putZeros(1024 * 1024)
  return Array.from({ length: TAG_COUNT }, (_, number) => {
    const tag = `1.${Math.floor(number / 100)}.${number % 100}`
    putImage(storage, TAGGED, { number, tags: [tag], layer })
    return tag
  })
}
