// The world that deletion tests start from: deletion is on, and it ends with the test.

import type { LightMyRequestResponse } from 'fastify'
import type { DeletionPlan, DeletionPlanLine, DeletionRequest } from '../../shared/api/deletion.ts'
import { buildImage, createLayer, noise } from './image-builder.ts'
import type { RegistryOptions } from './registry/registry.ts'
import { type World, type WorldOptions, world } from './world.ts'

export const REPOSITORY = 'payments/api'
/** The first error of a response. */
export const entry = ({ body }: { body: string }) => JSON.parse(body).errors[0]

export interface Deletable extends World {
  readonly cookie: string
  plan(...tags: string[]): Promise<DeletionPlan>
  planLines(tags: readonly string[]): Promise<readonly DeletionPlanLine[]>
  /** @param as  the session cookie to delete with; default: the admin's. */
  remove(reference: string, request?: DeletionRequest, as?: string): Promise<LightMyRequestResponse>
  tags(): readonly string[]
}
const inject = (
  app: World['app'],
  url: string,
  cookie: string,
  payload: DeletionRequest | undefined,
): Promise<LightMyRequestResponse> =>
  app.inject({ method: 'DELETE', url, headers: { cookie }, ...(payload && { payload }) })

/** The world, deletable; `1.0`, `1.1` and `latest` are one image, `2.0` another that shares a layer with `3.0`. */
export async function start(
  tagDeletion: RegistryOptions['tagDeletion'] = 'single',
  options: WorldOptions & { readonly asGuest?: boolean } = {},
): Promise<Deletable> {
  const made = await world({
    ...options,
    registry: { deleteEnabled: true, tagDeletion, ...options.registry },
    env: { REGISTRY_ALLOW_DELETE: 'true', ...options.env },
  })
  const created = '2025-01-01T00:00:00Z'
  const shared = { by: 'RUN shared', layer: createLayer({ shared: noise('shared', 1000) }) }
  const tag = (name: string, own: number) =>
    made.store.tag(
      REPOSITORY,
      name,
      buildImage(made.store, REPOSITORY, {
        created,
        steps: [shared, { by: `RUN ${name}`, layer: createLayer({ own: noise(name, own) }) }],
      }).digest,
    )
  tag('2.0', 500)
  tag('3.0', 700)
  const cookie = options.auth === 'none' || options.asGuest ? '' : await made.login('admin')
  const planLines = async (tags: readonly string[]) => {
    const { body } = await made.app.inject({
      method: 'POST',
      url: `/api/repositories/${REPOSITORY}/deletion-plan`,
      headers: { cookie },
      payload: { tags },
    })
    return body
      .split('\n')
      .filter((line) => line !== '')
      .map((line): DeletionPlanLine => JSON.parse(line))
  }
  return {
    ...made,
    cookie,
    planLines,
    async plan(...tags) {
      const last = (await planLines(tags)).at(-1)
      if (last?.plan === undefined) throw new Error(`no plan: ${JSON.stringify(last)}`)
      return last.plan
    },
    remove: (reference, request, as = cookie) =>
      inject(made.app, `/v2/${REPOSITORY}/manifests/${reference}`, as, request),
    tags: () => [...(made.store.repository(REPOSITORY)?.tags.keys() ?? [])].sort(),
  }
}
