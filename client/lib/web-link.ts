// Addresses in labels and annotations: which of them may become links.

const MAX_LENGTH = 2048

/**
 * Reads an address that whoever pushed an image wrote.
 *
 * @returns what a link may lead to: http or https, with a host, without a name or password in it (a link would send
 *   them), without white space and signs that are not shown as what they are. undefined for all else. Never throws.
 */
export function webLink(text: string): string | undefined {
  if (text.length > MAX_LENGTH || !/^https?:\/\/[^\s\p{Cc}\p{Cf}"<>\\]+$/iu.test(text)) return undefined
  if (!URL.canParse(text)) return undefined
  const { protocol, username, password, href } = new URL(text)
  if ((protocol !== 'http:' && protocol !== 'https:') || username !== '' || password !== '') return undefined
  return href
}
