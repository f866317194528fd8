// GET, POST and DELETE /api/session.

import * as z from 'zod/mini'
import type { Wire } from './wire.ts'

/** Response of `GET`, `POST` and `DELETE /api/session`. */
export type SessionResponse = Wire<typeof sessionSchema>
export const sessionSchema = z.object({
  /** The user name; null without a login. */
  user: z.nullable(z.string()),
  /** False until the registry has confirmed user name and password. */
  verified: z.boolean(),
})

const MAX_USERNAME = 256
const MAX_PASSWORD = 4096

/** Body of `POST /api/session`. */
export type LoginRequest = Wire<ReturnType<typeof loginSchema>>
// A function, so that bundlers drop it from the page, which only sends the body.
// RFC 7617 §2: the user-id contains no colon, and neither part contains control characters.
export const loginSchema = () =>
  z.strictObject({
    username: z.string().check(z.minLength(1), z.maxLength(MAX_USERNAME), z.regex(/^[^:\p{Cc}]+$/u)),
    password: z.string().check(z.minLength(1), z.maxLength(MAX_PASSWORD), z.regex(/^\P{Cc}+$/u)),
  })
