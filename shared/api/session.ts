// GET, POST and DELETE /api/session.

import * as z from 'zod/mini'
import type { Wire } from './wire.ts'

/** Answer of `GET`, `POST` and `DELETE /api/session`. */
export type SessionAnswer = Wire<typeof sessionSchema>
export const sessionSchema = z.object({
  /** The name logged in with, or null for nobody. */
  user: z.nullable(z.string()),
  /** False while the registry has not yet been able to say whether name and password are right. */
  verified: z.boolean(),
})

const MAX_USERNAME = 256
const MAX_PASSWORD = 4096

/** Body of `POST /api/session`. */
export type LoginRequest = Wire<ReturnType<typeof loginSchema>>
// A function, so that the page's bundle, which only sends it, can leave it out.
// RFC 7617 §2: the user-id contains no colon, and neither part contains control characters.
export const loginSchema = () =>
  z.strictObject({
    username: z.string().check(z.minLength(1), z.maxLength(MAX_USERNAME), z.regex(/^[^:\p{Cc}]+$/u)),
    password: z.string().check(z.minLength(1), z.maxLength(MAX_PASSWORD), z.regex(/^\P{Cc}+$/u)),
  })
