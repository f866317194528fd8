// Answering under a path such as /gantry, whether or not the reverse proxy takes it away.

import type { IncomingMessage } from 'node:http'

/**
 * Makes Fastify's `rewriteUrl`: takes the base path away where it stands, so that every route answers at both.
 *
 * @param basePath  '' or `/gantry`.
 */
export function rewriteUrl(basePath: string): (request: Pick<IncomingMessage, 'url'>) => string {
  return ({ url = '/' }) => {
    if (basePath === '' || !url.startsWith(basePath)) return url
    const rest = url.slice(basePath.length)
    if (rest === '' || rest.startsWith('?')) return `/${rest}`
    return rest.startsWith('/') ? rest : url
  }
}
