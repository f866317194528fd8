import type { RecordedRequest } from './exchange.ts'
import type { Answer } from './faults.ts'
import type { ImageStore } from './image-store.ts'
/** A manifest by tag or digest, GET and HEAD. */
export declare function answerManifest(
  request: RecordedRequest,
  store: ImageStore,
  name: string,
  reference: string,
): Answer
/** Removes a tag alone, or a manifest with all its tags: what distribution 3 does. */
export declare function answerDelete(store: ImageStore, name: string, reference: string): Answer
/** A blob, whole or one range of it, GET and HEAD. */
export declare function answerBlob(
  request: RecordedRequest,
  store: ImageStore,
  name: string,
  digest: string,
): Answer
