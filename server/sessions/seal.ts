// How credentials are sealed for a store, whatever it keeps its rows in.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import * as z from 'zod/mini'
import type { Credentials } from '../registry/subject.ts'
import type { SessionHandle } from './session-store.ts'

const IV_BYTES = 12
const TAG_BYTES = 16
const credentialsShape = z.object({ username: z.string(), password: z.string() })

/** A new id and key. */
export function createHandle(): SessionHandle {
  return { id: randomBytes(16).toString('base64url'), key: randomBytes(32).toString('base64url') }
}

/** iv ‖ tag ‖ ciphertext; the id is authenticated too, so that no row can stand in for another. */
export function seal(credentials: Credentials, { id, key }: SessionHandle): Buffer {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key, 'base64url'), iv).setAAD(Buffer.from(id))
  const text = Buffer.concat([cipher.update(JSON.stringify(credentials), 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), text])
}

/** Undefined if the key is not the row's, or the row was tampered with. Never throws. */
export function open(sealed: Buffer, { id, key }: SessionHandle): Credentials | undefined {
  try {
    const iv = sealed.subarray(0, IV_BYTES)
    const decipher = createDecipheriv('aes-256-gcm', Buffer.from(key, 'base64url'), iv)
      .setAAD(Buffer.from(id))
      .setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
    const text = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()])
    return credentialsShape.parse(JSON.parse(text.toString('utf8')))
  } catch {
    return undefined
  }
}
