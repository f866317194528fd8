// POST /api/repositories/<name>/<action>: what the server does with a repository beyond the registry's own API.

import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { parseRepository, type Repository } from '../../shared/oci/reference.ts'
import { gatewayError } from '../errors.ts'
import type { Subject } from '../registry/subject.ts'

/** The identity a request acts for. Throws GatewayError. */
export type SubjectOf = (request: FastifyRequest) => Promise<Subject>

export interface RepositoryAction {
  /** Most bytes of the body. */
  readonly bodyLimit: number
  /** Checked before the body is read. Throws GatewayError. */
  readonly authorize?: (request: FastifyRequest) => Promise<void>
  /** Responds to one request. The body is JSON, not validated. */
  readonly run: (request: FastifyRequest, reply: FastifyReply, repository: Repository) => Promise<unknown>
}

/** For 10,000 tags of 128 characters. */
export const TAGS_BODY_LIMIT = 2 * 1024 * 1024

export interface RepositoryRoutesOptions {
  /** By the last segment of the path. */
  readonly actions: Readonly<Record<string, RepositoryAction>>
}

type ConstraintStrategy = Parameters<FastifyInstance['addConstraintStrategy']>[0]
type ConstraintStore = ReturnType<ConstraintStrategy['storage']>
type Handler = Parameters<ConstraintStore['set']>[1]

/** Routes by the last segment: a name has slashes, and the router knows a wildcard only at the end of a path. */
const lastSegment: ConstraintStrategy = {
  name: 'lastSegment',
  storage() {
    const handlers = new Map<unknown, Handler>()
    return {
      get: (segment) => handlers.get(segment) ?? null,
      set: (segment, handler) => void handlers.set(segment, handler),
    }
  },
  deriveConstraint({ url = '' }) {
    // the router cuts a fragment off too
    const mark = url.search(/[?#]/)
    const end = mark === -1 ? url.length : mark
    return url.slice(url.lastIndexOf('/', end) + 1, end)
  },
}

export const repositoryRoutes: FastifyPluginAsync<RepositoryRoutesOptions> = async (app, { actions }) => {
  if (!app.hasConstraintStrategy(lastSegment.name)) app.addConstraintStrategy(lastSegment)
  for (const [name, { bodyLimit, authorize, run }] of Object.entries(actions))
    app.post<{ Params: { '*': string } }>(
      '/api/repositories/*',
      { bodyLimit, constraints: { lastSegment: name }, ...(authorize && { onRequest: authorize }) },
      async (request, reply) => {
        const path = request.params['*']
        const slash = path.lastIndexOf('/')
        // the router decodes what the constraint has read as it is
        if (slash === -1 || path.slice(slash + 1) !== name) return reply.callNotFound()
        request.template = `/api/repositories/<name>/${name}`
        const repository = parseRepository(path.slice(0, slash))
        if (repository === undefined) throw gatewayError('repository_invalid')
        return run(request, reply, repository)
      },
    )
}
