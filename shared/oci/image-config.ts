// Image configs: run-time settings and build history.

import * as z from 'zod/mini'
import type { Descriptor } from './manifest.ts'

export interface HistoryEntry {
  /** RFC 3339. */
  readonly created?: string | undefined
  readonly created_by?: string | undefined
  readonly author?: string | undefined
  readonly comment?: string | undefined
  /** True for a step that changed only the config. */
  readonly empty_layer?: boolean | undefined
}

export interface HealthCheck {
  readonly Test?: readonly string[] | undefined
  /** Nanoseconds, as Docker writes them. */
  readonly Interval?: number | undefined
  readonly Timeout?: number | undefined
  readonly StartPeriod?: number | undefined
  readonly Retries?: number | undefined
}

/** An image's config; absent or malformed fields are undefined or empty, malformed list entries are left out. */
export interface ImageConfig {
  readonly created: string | undefined
  readonly author: string | undefined
  readonly os: string | undefined
  readonly architecture: string | undefined
  readonly variant: string | undefined
  readonly user: string | undefined
  readonly workingDir: string | undefined
  readonly stopSignal: string | undefined
  readonly entrypoint: readonly string[]
  readonly cmd: readonly string[]
  /** `NAME=value`, in order. */
  readonly env: readonly string[]
  /** `8080/tcp`. */
  readonly exposedPorts: readonly string[]
  readonly volumes: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  readonly healthCheck: HealthCheck | undefined
  readonly history: readonly HistoryEntry[]
  readonly diffIds: readonly string[]
}

/** A malformed field is ignored, and the rest is shown: many tools make images. */
const lenient = <T extends z.ZodMiniType>(type: T) => z.catch(z.optional(type), undefined)
const text = lenient(z.string())
/** Reads without collecting issues: a million bad entries cost no more than good ones. */
const readAs = <T>(read: (value: unknown) => T) => z.pipe(z.optional(z.unknown()), z.transform(read))
const isText = (value: unknown): value is string => typeof value === 'string'
/** Here a malformed entry is left out. */
const texts = readAs((value) => (Array.isArray(value) ? value.filter(isText) : []))
const textRecord = readAs((value): Readonly<Record<string, string>> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  // fromEntries makes "__proto__" a key like any other
  return Object.fromEntries(Object.entries(value).filter(([, text]) => isText(text)))
})
/** Without one of its arguments it would be another command, so one bad entry drops all. Docker sometimes writes a single command as a string. */
const command = z.catch(
  z.union([
    z.array(z.string()),
    z.pipe(
      z.string(),
      z.transform((line) => [line]),
    ),
  ]),
  [],
)
const keys = z.catch(z.pipe(z.record(z.string(), z.unknown()), z.transform(Object.keys)), [])

const entry = z.object({
  created: text,
  created_by: text,
  author: text,
  comment: text,
  empty_layer: lenient(z.boolean()),
})
/** A malformed entry becomes an empty one: without it, all later entries would be paired with the wrong layers. */
const historyEntry = z.catch(entry, {})
/** More build steps than any real image has; each becomes a row on the page. Counted before they are read. */
const MAX_HISTORY = 10_000
const history = z.pipe(z.array(z.unknown()).check(z.maxLength(MAX_HISTORY)), z.array(historyEntry))
const healthCheck = z.object({
  Test: lenient(z.array(z.string())),
  Interval: lenient(z.number()),
  Timeout: lenient(z.number()),
  StartPeriod: lenient(z.number()),
  Retries: lenient(z.number()),
})
const runtime = z.object({
  User: text,
  WorkingDir: text,
  StopSignal: text,
  Entrypoint: command,
  Cmd: command,
  Env: texts,
  ExposedPorts: keys,
  Volumes: keys,
  Labels: textRecord,
  Healthcheck: lenient(healthCheck),
})
const imageConfig = z.object({
  created: text,
  author: text,
  os: text,
  architecture: text,
  variant: text,
  config: z.catch(runtime, () => runtime.parse({})),
  history: z.catch(history, []),
  rootfs: z.catch(z.object({ diff_ids: texts }), { diff_ids: [] }),
})

/**
 * Reads an image config.
 *
 * @param value  parsed JSON; untrusted.
 * @returns undefined only if it is not a JSON object. Never throws.
 * @see https://github.com/opencontainers/image-spec/blob/main/config.md
 */
export function parseImageConfig(value: unknown): ImageConfig | undefined {
  const parsed = imageConfig.safeParse(value)
  if (!parsed.success) return undefined
  const { config, rootfs, created, author, os, architecture, variant, history } = parsed.data
  return {
    // empty or Go's zero time: not recorded
    created: created === '' || created?.startsWith('0001-01-01T') ? undefined : created,
    author,
    os,
    architecture,
    variant,
    history,
    user: config.User,
    workingDir: config.WorkingDir,
    stopSignal: config.StopSignal,
    entrypoint: config.Entrypoint,
    cmd: config.Cmd,
    env: config.Env,
    exposedPorts: config.ExposedPorts,
    volumes: config.Volumes,
    labels: config.Labels,
    healthCheck: config.Healthcheck,
    diffIds: rootfs.diff_ids,
  }
}

/** A build step with its layer, one without a layer (it changed only the config), or a layer without history. */
export interface BuildStep {
  readonly history: HistoryEntry | undefined
  readonly layer: Descriptor | undefined
  /** It has a layer whose entry in the manifest has no valid digest. */
  readonly isLost?: true
}

/**
 * Pairs history with layers, in build order.
 *
 * @param layers  undefined for an entry without a valid digest.
 * @returns every history entry and every layer exactly once: if their numbers differ (squashed or rebased images),
 *   the remaining entries have no layer, or the remaining layers follow without an entry.
 */
export function pairHistory(
  history: readonly HistoryEntry[],
  layers: readonly (Descriptor | undefined)[],
): readonly BuildStep[] {
  let used = 0
  const step = (entry: HistoryEntry | undefined): BuildStep => {
    if (entry?.empty_layer === true || used >= layers.length) return { history: entry, layer: undefined }
    const layer = layers[used++]
    return { history: entry, layer, ...(layer === undefined && { isLost: true }) }
  }
  const steps = history.map(step)
  return [...steps, ...layers.slice(used).map(() => step(undefined))]
}
