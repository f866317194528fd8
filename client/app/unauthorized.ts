// What a 401 means to the page. A pure decision; main.tsx carries it out.

export interface Unauthorized {
  /** `detail.reason` of the error. */
  readonly reason: string | undefined
  /** The path that is shown, or being navigated to, without the base path. */
  readonly here: string
  /** First part of the query's key: what was requested. */
  readonly query: unknown
  /** Who was logged in; undefined for nobody. */
  readonly user: string | undefined
}

export type Reaction =
  /** Nothing: the page shows it where it belongs. */
  | 'stay'
  /** The page stays, and the password is requested over it. */
  | 're-authenticate'
  /** The request is forgotten: it was a prefetch, and is sent again when its image is opened. */
  | 'forget'
  /** The login page, unless the visitor chose guest mode or there is no login. */
  | 'login unless guest'
  | 'login'

const HOME = '/'
const PREFETCHED: readonly unknown[] = ['manifest', 'blob']
const CATALOG = 'catalog'

export function reactionTo({ reason, here, query, user }: Unauthorized): Reaction {
  if (here === '/login') return 'stay'
  if (user !== undefined && (reason === 'session_ended' || reason === 'password_refused'))
    return 're-authenticate'
  // an image is prefetched while the pointer rests on its link, from a page that shows none
  if (PREFETCHED.includes(query) && !/[:@]/.test(here)) return 'forget'
  if (reason !== 'login_required') return 'login'
  // beside an open repository the catalog is an extra: guests may see the one and not the other
  if (query === CATALOG && here !== HOME) return 'stay'
  return here === HOME ? 'login unless guest' : 'login'
}
