// The commands in an image's history, converted back to Dockerfile instructions.

/** One step as a Dockerfile instruction. */
export interface BuildCommand {
  /** `RUN`, `COPY` …; undefined if no instruction is recognised. */
  readonly instruction: string | undefined
  /** The text after the instruction, or the whole text. */
  readonly text: string
}

const INSTRUCTIONS =
  'ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR'
const BUILDKIT = '# buildkit'
const INSTRUCTION = new RegExp(`^(${INSTRUCTIONS})(?:\\s+|$)`)
/** Docker's classic builder marks steps that run nothing: `/bin/sh -c #(nop)  CMD ["bash"]`. */
const NOP = /^(?:\/bin\/(?:ba)?sh -c|cmd \/S \/C|powershell -Command)\s*#\(nop\)\s*/
/** `/bin/sh -c`, `/bin/bash -o pipefail -c`, `/bin/ash -eo pipefail -c`: the prefix that the SHELL instruction sets. */
const UNIX_SHELL = String.raw`(?:\/usr)?\/bin\/(?:ba|a|da|k|z)?sh(?: -(?:[A-Za-z]*o [a-z]+|[A-Za-z-]+)){0,8}? -[A-Za-z]*c\s`
const SHELL = new RegExp(
  `^(?:${UNIX_SHELL}|cmd \\/S \\/C\\s|(?:powershell|pwsh)(?:\\.exe)? (?:-NoLogo )?-Command\\s)\\s*`,
)
/** `|2 A=1 B=two words /bin/sh -c …`: build arguments precede the shell. */
const ARGUMENTS = /^\|(\d+) /
const SHELL_AT = new RegExp(` (?=${UNIX_SHELL})`)

/** The parts of a command with build arguments. */
export interface ArgumentedCommand {
  /** The number of arguments: their values are not quoted and may contain blanks and `=`. */
  readonly count: number
  /** `A=1 B=two words` */
  readonly arguments: string
  /** From the shell on; empty without a shell: then the command is somewhere at the end of `arguments`. */
  readonly command: string
}

/** Splits `|2 A=1 B=two words /bin/sh -c …`; undefined for a command without build arguments. Never throws; linear. */
export function splitArguments(text: string): ArgumentedCommand | undefined {
  const [prefix, count] = ARGUMENTS.exec(text) ?? []
  if (prefix === undefined) return undefined
  const at = text.search(SHELL_AT)
  const end = at === -1 ? text.length : at
  return { count: Number(count), arguments: text.slice(prefix.length, end), command: text.slice(end + 1) }
}

/** Go's notation for lists, `["a" "b"]`, as JSON; anything else is unchanged. */
function withCommas(list: string): string {
  const word = /\s*("[^"\\]*(?:\\.[^"\\]*)*")/sy
  word.lastIndex = 1
  const words: string[] = []
  let end = 1
  for (let found = word.exec(list); found !== null; found = word.exec(list)) {
    words.push(found[1] ?? '')
    end = word.lastIndex
  }
  return list.slice(end).trim() === ']' && words.length > 0 ? `[${words.join(', ')}]` : list
}

/** Go's notation for sets and lists: `map[80/tcp:{} 443/tcp:{}]`, `[/data /logs]`, `["a" "b"]`. */
function unfoldGo(instruction: string, text: string): string {
  // the classic builder: `ADD file:5c1a… in /`, `COPY multi:5c1a… in /app/`
  if (instruction === 'ADD' || instruction === 'COPY')
    return text.replace(/^((?:file|dir|multi):[0-9a-f]+) in /, '$1 ')
  if (!['CMD', 'ENTRYPOINT', 'EXPOSE', 'SHELL', 'VOLUME'].includes(instruction)) return text
  // Docker before 1.10: `&{["a" "b"]}`
  const list = /^(?:map|&\{)?(\[.*\])\}?$/s.exec(text)?.[1]
  if (list === undefined) return text
  if (list.includes('"')) return withCommas(list)
  const words = list.slice(1, -1).replaceAll(':{}', '')
  if (instruction === 'EXPOSE' || instruction === 'VOLUME') return words
  return instruction === 'SHELL' ? JSON.stringify(words.split(' ')).replaceAll('","', '", "') : text
}

/** Without shell and build arguments; the latter are kept if their end cannot be found. */
function runOf(text: string): string {
  const command = splitArguments(text)?.command ?? text
  return command === '' ? text : command.replace(SHELL, '')
}

/**
 * Reads `created_by` as docker's classic builder, BuildKit, buildah and others write it.
 *
 * @param createdBy  untrusted and of any length.
 * @returns the instruction and its text; only text if no instruction is recognised. Never throws; linear.
 */
export function parseBuildCommand(createdBy: string): BuildCommand {
  const trimmed = createdBy.trim()
  // not a regular expression: one that begins with blanks takes quadratic time on a run of them
  const written = trimmed.endsWith(BUILDKIT) ? trimmed.slice(0, -BUILDKIT.length).trimEnd() : trimmed
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

/** Splits a command before each unquoted `&&`, as people write long RUN instructions. Linear. */
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

/** The lines of one step in a Dockerfile; text without an instruction becomes a comment. */
export function dockerfileLines({ instruction, text }: BuildCommand): readonly string[] {
  if (instruction === undefined) return text.split('\n').map((line) => `# ${line}`)
  const parts = instruction === 'RUN' && !text.includes('\n') ? splitChain(text) : [text]
  const last = parts.length - 1
  return parts.flatMap((part, index) => {
    const line = `${index === 0 ? `${instruction} ` : '    '}${part}${index === last ? '' : ' \\'}`
    return line.trimEnd().split('\n')
  })
}
