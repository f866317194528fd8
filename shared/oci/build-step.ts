// The commands in an image's history, read back into what stood in the Dockerfile.

/** One step in the words of a Dockerfile. */
export interface BuildCommand {
  /** `RUN`, `COPY` …; undefined where a tool wrote something else. */
  readonly instruction: string | undefined
  /** What follows the instruction, or all there is. */
  readonly text: string
}

const INSTRUCTIONS =
  'ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR'
const INSTRUCTION = new RegExp(`^(${INSTRUCTIONS})(?:\\s+|$)`)
/** Docker's classic builder marks what runs nothing: `/bin/sh -c #(nop)  CMD ["bash"]`. */
const NOP = /^(?:\/bin\/(?:ba)?sh -c|cmd \/S \/C|powershell -Command)\s*#\(nop\)\s*/
const SHELL = /^(?:\/bin\/(?:ba|a)?sh -c|cmd \/S \/C|powershell(?:\.exe)? -Command)\s+/
/** `|2 A=1 B=two words /bin/sh -c …`: build arguments stand before the shell. */
const ARGUMENTS = /^\|\d+ /
const SHELL_AT = / (?=\/bin\/(?:ba|a)?sh -[a-z]*c )/

/** Go's notation for sets and lists: `map[80/tcp:{} 443/tcp:{}]`, `[/data /logs]`. */
function unfoldGo(instruction: string, text: string): string {
  const map = /^map\[(.*)\]$/s.exec(text)?.[1]
  if (instruction === 'EXPOSE' && map !== undefined) return map.replaceAll(':{}', '')
  if (instruction === 'VOLUME' && /^\[[^"]*\]$/.test(text)) return text.slice(1, -1)
  // the classic builder: `ADD file:5c1a… in /`, `COPY multi:5c1a… in /app/`
  if (instruction === 'ADD' || instruction === 'COPY')
    return text.replace(/^((?:file|dir|multi):[0-9a-f]+) in /, '$1 ')
  return text
}

function runOf(text: string): string {
  if (!ARGUMENTS.test(text)) return text.replace(SHELL, '')
  const at = text.search(SHELL_AT)
  return at === -1 ? text.replace(ARGUMENTS, '') : text.slice(at + 1).replace(SHELL, '')
}

/**
 * Reads `created_by` as docker's classic builder, BuildKit, buildah and others write it.
 *
 * @param createdBy  untrusted and of any length.
 * @returns the instruction and its text; all of it as text where no instruction can be made out. Never throws; linear.
 */
export function parseBuildCommand(createdBy: string): BuildCommand {
  const written = createdBy.trim().replace(/\s*# buildkit$/, '')
  const isNop = NOP.test(written)
  const line = written.replace(NOP, '').trimStart()
  const instruction = INSTRUCTION.exec(line)?.[1]
  if (instruction !== undefined) {
    const text = line.slice(instruction.length).trim()
    return { instruction, text: instruction === 'RUN' ? runOf(text) : unfoldGo(instruction, text) }
  }
  if (!isNop && (SHELL.test(line) || ARGUMENTS.test(line))) return { instruction: 'RUN', text: runOf(line) }
  return { instruction: undefined, text: line }
}

/** Splits a command before each `&&` outside of quotes, as people write long RUN lines. Linear. */
function splitChain(text: string): string[] {
  const parts: string[] = []
  let [start, quote] = [0, '']
  for (let at = 0; at < text.length; at++) {
    const sign = text.charAt(at)
    if (sign === '\\') at++
    else if (quote !== '') quote = sign === quote ? '' : quote
    else if (sign === '"' || sign === "'") quote = sign
    else if (sign === '&' && text.charAt(at + 1) === '&') {
      parts.push(text.slice(start, at).trimEnd())
      start = at
      at++
    }
  }
  return [...parts, text.slice(start)]
}

/** The lines of one step as a Dockerfile would have them; what is no instruction becomes a comment. */
export function dockerfileLines({ instruction, text }: BuildCommand): readonly string[] {
  if (instruction === undefined) return text.split('\n').map((line) => `# ${line}`)
  const parts = instruction === 'RUN' && !text.includes('\n') ? splitChain(text) : [text]
  const last = parts.length - 1
  return parts.flatMap((part, index) => {
    const line = `${index === 0 ? `${instruction} ` : '    '}${part}${index === last ? '' : ' \\'}`
    return line.trimEnd().split('\n')
  })
}
