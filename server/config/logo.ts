// LOGO_FILE: the operator's picture, recognised by its content and never by its name.

import * as z from 'zod/mini'
import { bytes, parsed } from './schemas.ts'

export interface Logo {
  readonly bytes: Buffer
  readonly mediaType: 'image/svg+xml' | 'image/png'
}

export const MAX_LOGO_BYTES = 256 * 1024

const PNG_BEGIN = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
const PNG_END = Buffer.from('49454e44ae426082', 'hex')
/** What may precede the root element: a declaration, comments, processing instructions, a plain document type. */
const BEFORE_SVG = /^\uFEFF?(?:\s|<\?[^>]*\?>|<!--[\s\S]*?-->|<!DOCTYPE[^>[]*>)*/i
const SVG = /^<svg\s[^>]*\bxmlns\s*=\s*["']http:\/\/www\.w3\.org\/2000\/svg["'][^>]*>/
const SVG_END = /<\/svg\s*>(?:\s|<!--[\s\S]*?-->)*$/

/** An SVG that browsers draw in an `<img>`: the right root element, closed. */
function isSvg(content: Buffer): boolean {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch {
    return false
  }
  const root = SVG.exec(text.replace(BEFORE_SVG, ''))?.[0]
  return root !== undefined && (root.endsWith('/>') || SVG_END.test(text))
}

/** From its signature to its end: a truncated one shows nothing, or half. */
function isPng(content: Buffer): boolean {
  return (
    content.subarray(0, PNG_BEGIN.length).equals(PNG_BEGIN) &&
    content.subarray(content.length - PNG_END.length).equals(PNG_END)
  )
}

function parseLogo(content: Buffer): Logo | undefined {
  if (isPng(content)) return { bytes: content, mediaType: 'image/png' }
  if (isSvg(content)) return { bytes: content, mediaType: 'image/svg+xml' }
  return undefined
}

/**
 * From a file's bytes. What an SVG may do is the browser's business: it is shown in an `<img>`, where nothing runs, and
 * served in a sandbox (http/branding.ts).
 */
export const logo = parsed(
  bytes.check(
    z.refine(({ length }) => length > 0, { error: 'is an empty file.', abort: true }),
    z.refine(({ length }) => length <= MAX_LOGO_BYTES, {
      error: 'must not be larger than 256 KiB.',
      abort: true,
    }),
  ),
  parseLogo,
  'must be a complete PNG, or an SVG in UTF-8 with its xmlns.',
)
