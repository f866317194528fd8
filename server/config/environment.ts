// Reads the environment by the table of settings: every value and every problem.

import { SETTING_NAMES, SETTINGS, type SettingName, type Values } from './settings.ts'

export type Environment = Readonly<Record<string, string | undefined>>
/** Returns a file's bytes; throws if it cannot be read. */
export type ReadFile = (path: string) => Buffer

/** Every variable that has an effect, the `_FILE` forms of the secrets included. */
export const VARIABLES: readonly string[] = SETTING_NAMES.flatMap((name) =>
  SETTINGS[name].secret ? [name, `${name}_FILE`] : [name],
)

export interface ParsedEnvironment {
  /** An invalid variable counts as unset. */
  readonly values: Values
  /** One sentence each; none quotes a value. */
  readonly problems: readonly string[]
  /** Whether the variable, or its `_FILE` form, is in the environment at all. Empty counts as unset. */
  isSet(name: SettingName): boolean
  isInvalid(name: SettingName): boolean
  /** Names from other tools for settings that are not set, each with its name here. */
  readonly foreignNames: readonly (readonly [foreign: string, name: SettingName])[]
}

type Complain = (problem: string) => void

class EnvironmentReader {
  readonly #env: Environment
  readonly #readFile: ReadFile

  constructor(env: Environment, readFile: ReadFile) {
    this.#env = env
    this.#readFile = readFile
  }

  isSet(name: SettingName): boolean {
    return Boolean(this.#env[name] || (SETTINGS[name].secret && this.#env[`${name}_FILE`]))
  }

  read(name: SettingName, complain: Complain): unknown {
    const { schema, default: fallback } = SETTINGS[name]
    const input = this.#input(name, complain)
    if (input !== undefined) {
      const result = schema.safeParse(input)
      if (result.success) return result.data
      for (const { message } of result.error.issues) complain(`${name} ${message}`)
    }
    return fallback === undefined ? undefined : schema.parse(fallback)
  }

  /** The input of the setting's schema: text, or the bytes of the file that the variable names. */
  #input(name: SettingName, complain: Complain): string | Buffer | undefined {
    const { secret, file } = SETTINGS[name]
    if (file) return this.#file(name, complain)
    const direct = this.#env[name] || undefined
    if (!secret) return direct
    const content = this.#file(`${name}_FILE`, complain)
      ?.toString('utf8')
      .replace(/\r?\n$/, '')
    if (direct !== undefined && content !== undefined)
      complain(`${name} and ${name}_FILE are both set: use one of them.`)
    if (content === '') complain(`${name}_FILE: the file is empty.`)
    return direct ?? (content || undefined)
  }

  #file(variable: string, complain: Complain): Buffer | undefined {
    const path = this.#env[variable]
    if (!path) return undefined
    try {
      return this.#readFile(path)
    } catch {
      complain(`${variable}: the file cannot be read.`)
      return undefined
    }
  }
}

function foreignNamesIn(env: Environment): ParsedEnvironment['foreignNames'] {
  return SETTING_NAMES.flatMap((name) => {
    const { foreignNames = [], alternatives = [] } = SETTINGS[name]
    if ([name, ...alternatives].some((own) => env[own])) return []
    return foreignNames.filter((foreign) => env[foreign]).map((foreign) => [foreign, name] as const)
  })
}

export function parseEnvironment(env: Environment, readFile: ReadFile): ParsedEnvironment {
  const reader = new EnvironmentReader(env, readFile)
  const problems = new Set<string>()
  const invalid = new Set<SettingName>()
  const entries = SETTING_NAMES.map((name) => {
    const value = reader.read(name, (problem) => {
      problems.add(problem)
      invalid.add(name)
    })
    return [name, value]
  })
  return {
    // each value is the output of its own row's schema
    values: Object.fromEntries(entries) as Values,
    problems: [...problems],
    isSet: (name) => reader.isSet(name),
    isInvalid: (name) => invalid.has(name),
    foreignNames: foreignNamesIn(env),
  }
}
