import type { RecordedRequest } from './exchange.ts'
export type Route =
  | {
      readonly kind: 'greeting'
    }
  | {
      readonly kind: 'catalog'
    }
  | {
      readonly kind: 'tags'
      readonly repository: string
    }
  | {
      readonly kind: 'manifest' | 'blob' | 'referrers'
      readonly repository: string
      readonly reference: string
    }
/** Reads the path; undefined where distribution has no route. Never throws. */
export declare function parseRoute(url: string): Route | undefined
/** The query's parameters. */
export declare function queryOf({ url }: RecordedRequest): URLSearchParams
