// How many requests Gantry sends at a time: to the registry, to a token server, and for one visitor.

import { Limiter } from '../concurrency/limiter.ts'

/** Connections of each pool to the registry: of documents, and of blobs. */
export const REGISTRY_CONNECTIONS = 128
/** Connections to one token server. */
export const TOKEN_CONNECTIONS = 32
/** Of either, for one visitor (subject.ts) while others wait: 32 to the registry, 8 to a token server. */
export const VISITOR_SHARE = 1 / 4
/** Of those to the registry, kept from visitors beyond their share: a visitor alone has at most 112. */
const RESERVE = 1 / 8

/** Of one pool's connections: documents and blobs have one each. */
export function createRegistryLimiter(): Limiter {
  return new Limiter({
    max: REGISTRY_CONNECTIONS,
    share: REGISTRY_CONNECTIONS * VISITOR_SHARE,
    reserve: REGISTRY_CONNECTIONS * RESERVE,
  })
}
