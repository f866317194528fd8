// What a bench says: a row of the table for each goal, and the same as JSON.

import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { ROOT } from '../processes.ts'

/** What must hold: of the ratio to the baseline, of the difference from it, or of the measured value itself. */
export interface Goal {
  readonly of: 'ratio' | 'difference' | 'value'
  readonly atLeast?: number
  readonly atMost?: number
}

export interface Row {
  readonly what: string
  readonly unit: 'requests/s' | 'ms' | 'MB' | 'MB/s' | 'nodes'
  /** What was measured beside it in the same run. */
  readonly baseline?: { readonly of: string; readonly value: number }
  readonly value: number
  /** Where rounds were paired: the median of their ratios. Otherwise value / baseline. */
  readonly ratio?: number
  /** Absent for what is told and not promised. */
  readonly goal?: Goal
}

export interface Bench {
  readonly name: string
  /** Programs it cannot do without, as in tools.ts. */
  readonly needs: readonly string[]
  run(): Promise<readonly Row[]>
}

function ratioOf({ ratio, value, baseline }: Row): number | undefined {
  return ratio ?? (baseline && value / baseline.value)
}

/** Whether a row's goal is met; undefined if it has none. */
export function isMet(row: Row): boolean | undefined {
  if (row.goal === undefined) return undefined
  const { of, atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = row.goal
  const measured =
    of === 'value'
      ? row.value
      : of === 'ratio'
        ? (ratioOf(row) ?? Number.NaN)
        : row.value - (row.baseline?.value ?? Number.NaN)
  return measured >= atLeast && measured <= atMost
}

const number = (value: number) =>
  value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 })

function goalInWords({ of, atLeast, atMost }: Goal, unit: string): string {
  const bound = atLeast === undefined ? `≤ ${number(atMost ?? Number.NaN)}` : `≥ ${number(atLeast)}`
  return of === 'ratio' ? `${bound}×` : of === 'value' ? `${bound} ${unit}` : `baseline + ${bound} ${unit}`
}

function cellsOf(row: Row): string[] {
  const ratio = ratioOf(row)
  const met = isMet(row)
  return [
    row.what,
    row.baseline === undefined ? '–' : `${row.baseline.of}: ${number(row.baseline.value)} ${row.unit}`,
    `${number(row.value)} ${row.unit}`,
    ratio === undefined ? '–' : ratio.toFixed(2),
    row.goal === undefined ? '–' : goalInWords(row.goal, row.unit),
    met === undefined ? '–' : met ? 'yes' : 'NO',
  ]
}

const HEADINGS = ['what', 'baseline', 'measured', 'ratio', 'goal', 'met']

/** A Markdown table, its columns in line. */
export function table(rows: readonly Row[]): string {
  const cells = [HEADINGS, ...rows.map(cellsOf)]
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)))
  const lines = cells.map(
    (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  )
  lines.splice(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`)
  return lines.join('\n')
}

const JSON_FILE = join(ROOT, 'test-results', 'bench.json')

/** Writes the rows for programs to read; the folder is git-ignored. */
export function writeJson(rows: readonly Row[], skipped: readonly string[]): string {
  const [cpu] = cpus()
  const machine = { cores: cpus().length, cpu: cpu?.model, node: process.version }
  const all = rows.map((row) => ({ ...row, ratio: ratioOf(row), met: isMet(row) }))
  mkdirSync(dirname(JSON_FILE), { recursive: true })
  writeFileSync(
    JSON_FILE,
    `${JSON.stringify({ at: new Date().toISOString(), machine, rows: all, skipped }, null, 2)}\n`,
  )
  return JSON_FILE
}
