// What every row of the fault matrix starts from: a world of its own that ends with the test.

import type { LightMyRequestResponse } from 'fastify'
import { afterEach } from 'vitest'
import { parseErrorEnvelope, reasonOf } from '../../shared/errors.ts'
import { startWorld, type World, type WorldOptions } from './world.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** Ends with the test, the last one first. */
export function closeAfterTest(close: () => unknown): void {
  closers.push(close)
}

export async function world(options: WorldOptions = {}): Promise<World> {
  const made = await startWorld(options)
  closeAfterTest(made.close)
  return made
}

/** Gantry's answer to a GET. */
export function get(
  app: World['app'],
  url: string,
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  return app.inject({ method: 'GET', url, headers })
}

/** The first error of an answer: its status, code and `detail.reason`. Throws if it has not the one error shape. */
export function failure({ statusCode, body }: { statusCode: number; body: string }) {
  const entry = parseErrorEnvelope(JSON.parse(body))?.errors[0]
  if (entry === undefined) throw new Error(`no error envelope: ${body.slice(0, 200)}`)
  const { code, message } = entry
  return { status: statusCode, code, message, reason: reasonOf(entry) }
}
