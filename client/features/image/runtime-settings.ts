// What a config says of running, in words.

import type { HealthCheck, ImageConfig } from '../../../shared/oci/image-config.ts'
import { countOf } from '../../lib/format.ts'
import { shellWords } from '../commands/index.ts'

const UNITS: readonly [string, number][] = [
  ['h', 3600e9],
  ['min', 60e9],
  ['s', 1e9],
  ['ms', 1e6],
]

/** Nanoseconds as people write them: `30 s`; undefined for what is no time. */
function duration(nanoseconds: number | undefined): string | undefined {
  if (nanoseconds === undefined || !(nanoseconds > 0)) return undefined
  const [unit, length] = UNITS.find(([, size]) => nanoseconds >= size) ?? ['ms', 1e6]
  return `${Number((nanoseconds / length).toFixed(2))} ${unit}`
}

/** `/app/api health · every 30 s · 3 retries`; undefined without a check. */
export function healthCheckInWords(check: HealthCheck | undefined): string | undefined {
  const [kind, ...words] = check?.Test ?? []
  if (check === undefined || kind === undefined) return undefined
  if (kind === 'NONE') return 'switched off'
  const command =
    kind === 'CMD-SHELL' ? words.join(' ') : shellWords(kind === 'CMD' ? words : [kind, ...words])
  const times: [string, string | undefined][] = [
    ['every', duration(check.Interval)],
    ['timeout', duration(check.Timeout)],
    ['starts within', duration(check.StartPeriod)],
  ]
  return [
    command,
    ...times.flatMap(([word, time]) => (time === undefined ? [] : [`${word} ${time}`])),
    ...(check.Retries ? [countOf(check.Retries, 'retry', 'retries')] : []),
  ].join(' · ')
}

/** `linux/arm64/v8`, as the config itself says; undefined if it says nothing. */
export function configPlatform({ os, architecture, variant }: ImageConfig): string | undefined {
  const parts = [os, architecture, variant].filter(Boolean)
  return parts.length === 0 ? undefined : parts.join('/')
}
