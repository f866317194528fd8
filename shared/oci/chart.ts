// A Helm chart's config: its Chart.yaml as JSON.

import * as z from 'zod/mini'

const lenient = <T extends z.ZodMiniType>(type: T) => z.catch(z.optional(type), undefined)
const text = lenient(z.string())
const texts = z.catch(z.array(z.string()), [])
const chart = z.object({
  name: text,
  version: text,
  appVersion: text,
  description: text,
  type: text,
  kubeVersion: text,
  home: text,
  sources: texts,
  maintainers: z.catch(z.array(z.object({ name: z.string(), email: text })), []),
  dependencies: z.catch(z.array(z.object({ name: z.string(), version: text, repository: text })), []),
})
export type Chart = z.infer<typeof chart>

/**
 * Reads a chart's config.
 *
 * @param value  parsed JSON; untrusted.
 * @returns undefined if it is not an object; malformed fields are left out. Never throws.
 * @see https://helm.sh/docs/topics/charts/#the-chartyaml-file
 */
export function parseChart(value: unknown): Chart | undefined {
  const parsed = chart.safeParse(value)
  return parsed.success ? parsed.data : undefined
}
