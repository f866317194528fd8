// Where the sessions of several replicas lie.

/** `SESSION_STORE`, taken apart. */
export interface StoreAddress {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly username: string | undefined
  readonly password: string | undefined
  readonly database: number
}

/**
 * Reads `redis[s]://[user[:password]@]host[:port][/database]`, with port 6379 and database 0 unless they are said.
 *
 * @returns undefined if it is not of that form, down to a query that would mean nothing here. Never throws.
 */
export function parseStoreAddress(text: string): StoreAddress | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const database = /^\/?(\d{0,4})$/.exec(url?.pathname ?? '-')?.[1]
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === '' || database === undefined)
    return undefined
  if (url.search !== '' || url.hash !== '') return undefined
  try {
    const [username, password] = [url.username, url.password].map(
      (part) => decodeURIComponent(part) || undefined,
    )
    return {
      host: decodeURIComponent(url.hostname).replace(/^\[|\]$/g, ''),
      port: Number(url.port || 6379),
      tls: url.protocol === 'rediss:',
      username,
      password,
      database: Number(database),
    }
  } catch {
    return undefined
  }
}
