import type { RecordedRequest } from './exchange.ts'
import type { Answer } from './faults.ts'
import { type ImageStore } from './image-store.ts'
/** `_catalog`: 100 names unless asked; more than the maximum is an error (distribution `catalog.maxentries`). */
export declare function answerCatalog(request: RecordedRequest, store: ImageStore, maxPage: number): Answer
/** `tags/list`: all unless asked for less; `n` above the maximum is clamped (distribution `tags.maxtags`). */
export declare function answerTags(
  request: RecordedRequest,
  store: ImageStore,
  name: string,
  maxPage: number,
): Answer
/** The referrers API (distribution-spec, "Listing Referrers"): an index, empty if nothing refers to the digest. */
export declare function answerReferrers(
  request: RecordedRequest,
  store: ImageStore,
  name: string,
  subject: string,
): Answer
