// LOGO_FILE: a picture of the operator's, known by its content and never by its name.

export interface Logo {
  readonly bytes: Buffer
  readonly mediaType: 'image/svg+xml' | 'image/png'
}

export const MAX_LOGO_BYTES = 256 * 1024

const PNG_BEGIN = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
const PNG_END = Buffer.from('49454e44ae426082', 'hex')
/** What may stand before the picture: a declaration, comments, processing instructions, a plain document type. */
const BEFORE_SVG = /^\uFEFF?(?:\s|<\?[^>]*\?>|<!--[\s\S]*?-->|<!DOCTYPE[^>[]*>)*/i
const SVG = /^<svg\s[^>]*\bxmlns\s*=\s*["']http:\/\/www\.w3\.org\/2000\/svg["'][^>]*>/
const SVG_END = /<\/svg\s*>(?:\s|<!--[\s\S]*?-->)*$/

/** A picture that browsers draw in an `<img>`: its root says what it is, and it is there to its end. */
function isSvg(bytes: Buffer): boolean {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return false
  }
  const root = SVG.exec(text.replace(BEFORE_SVG, ''))?.[0]
  return root !== undefined && (root.endsWith('/>') || SVG_END.test(text))
}

/** From its signature to its end: one that was cut off shows nothing, or half. */
function isPng(bytes: Buffer): boolean {
  return (
    bytes.subarray(0, PNG_BEGIN.length).equals(PNG_BEGIN) &&
    bytes.subarray(bytes.length - PNG_END.length).equals(PNG_END)
  )
}

/**
 * Reads a logo.
 *
 * @param bytes  the file's, from the operator. What an SVG may do is the browser's matter: it is shown in an
 *   `<img>`, where nothing runs, and served in a sandbox (http/branding.ts).
 * @returns why it is none, to follow `LOGO_FILE`.
 */
export function parseLogo(bytes: Buffer): Logo | string {
  if (bytes.length === 0) return 'the file is empty.'
  if (bytes.length > MAX_LOGO_BYTES) return 'the file is larger than 256 KiB.'
  if (isPng(bytes)) return { bytes, mediaType: 'image/png' }
  if (isSvg(bytes)) return { bytes, mediaType: 'image/svg+xml' }
  return 'the file is no whole PNG, and no SVG in UTF-8 with its xmlns.'
}
