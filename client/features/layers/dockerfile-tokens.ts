// Colours of a Dockerfile's line: by signs alone, since a reconstructed one has no grammar to hold it to.

export interface DockerfileToken {
  readonly kind: 'keyword' | 'comment' | 'string' | 'variable' | 'flag' | 'text'
  readonly text: string
}

const KEYWORD = /^[A-Z]{3,}(?=\s|$)/
const SIGNS = /("(?:[^"\\]|\\.)*"|'[^']*')|(\$\{[^}]*\}|\$\w+)|((?<=\s)--?[A-Za-z][\w-]*)/g

/** Takes one line apart; the tokens' texts together are the line. Never throws. */
export function dockerfileTokens(line: string): readonly DockerfileToken[] {
  if (line.startsWith('#')) return [{ kind: 'comment', text: line }]
  const tokens: DockerfileToken[] = []
  const keyword = KEYWORD.exec(line)?.[0] ?? ''
  if (keyword !== '') tokens.push({ kind: 'keyword', text: keyword })
  let at = keyword.length
  for (const match of line.matchAll(SIGNS)) {
    if (match.index < at) continue
    if (match.index > at) tokens.push({ kind: 'text', text: line.slice(at, match.index) })
    const kind = match[1] !== undefined ? 'string' : match[2] !== undefined ? 'variable' : 'flag'
    tokens.push({ kind, text: match[0] })
    at = match.index + match[0].length
  }
  if (at < line.length) tokens.push({ kind: 'text', text: line.slice(at) })
  return tokens
}
