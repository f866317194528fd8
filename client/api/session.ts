// /api/session and /api/config.

import { queryOptions } from '@tanstack/react-query'
import { type ConfigResponse, configSchema } from '../../shared/api/config.ts'
import { type LoginRequest, type SessionResponse, sessionSchema } from '../../shared/api/session.ts'
import { fetchJson, unexpectedAnswer } from './http.ts'

function parseSession(value: unknown): SessionResponse {
  const parsed = sessionSchema.safeParse(value)
  if (!parsed.success) throw unexpectedAnswer('session')
  return parsed.data
}

async function fetchConfig(signal: AbortSignal): Promise<ConfigResponse> {
  const parsed = configSchema.safeParse((await fetchJson('api/config', { signal })).value)
  if (!parsed.success) throw unexpectedAnswer('configuration')
  return parsed.data
}

/** What this Gantry offers. */
export const configQuery = queryOptions({
  queryKey: ['config'],
  queryFn: ({ signal }) => fetchConfig(signal),
  staleTime: Number.POSITIVE_INFINITY,
})

/** Asks the server who is logged in. */
export async function fetchSession(signal: AbortSignal): Promise<SessionResponse> {
  return parseSession((await fetchJson('api/session', { signal })).value)
}

/** Who is logged in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => fetchSession(signal),
})

/** Logs in. Throws ApiError: 401 password_refused, 502 if the registry cannot say. */
export async function login(body: LoginRequest, signal: AbortSignal): Promise<SessionResponse> {
  return parseSession((await fetchJson('api/session', { method: 'POST', body, signal })).value)
}

export async function logout(signal: AbortSignal): Promise<SessionResponse> {
  return parseSession((await fetchJson('api/session', { method: 'DELETE', signal })).value)
}
