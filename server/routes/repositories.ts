// POST /api/repositories/<name>/<action>: what the server finds out about a repository beyond the registry's own API.

import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { parseRepository, type Repository } from '../../shared/oci/reference.ts'
import { gatewayError } from '../errors.ts'

/** Answers one action. The body is JSON, and not yet looked at. */
export type RepositoryAction = (
  request: FastifyRequest,
  reply: FastifyReply,
  repository: Repository,
) => Promise<unknown>

export interface RepositoryRoutesOptions {
  /** By the last part of the path. */
  readonly actions: Readonly<Record<string, RepositoryAction>>
}

/** 10,000 tags of 128 characters, which a plan of deletion may name. */
const BODY_LIMIT = 2 * 1024 * 1024

export const repositoryRoutes: FastifyPluginAsync<RepositoryRoutesOptions> = async (app, { actions }) => {
  // a name has slashes, and the router knows a wildcard at the end of a path only
  app.post<{ Params: { '*': string } }>(
    '/api/repositories/*',
    { bodyLimit: BODY_LIMIT },
    async (request, reply) => {
      const path = request.params['*']
      const slash = path.lastIndexOf('/')
      const word = path.slice(slash + 1)
      const act = Object.hasOwn(actions, word) ? actions[word] : undefined
      if (act === undefined || slash === -1) return reply.callNotFound()
      request.template = `/api/repositories/<name>/${word}`
      const repository = parseRepository(path.slice(0, slash))
      if (repository === undefined) throw gatewayError('repository_invalid')
      return act(request, reply, repository)
    },
  )
}
