// The steps of an image with what each adds, for lists.

import { type BuildCommand, parseBuildCommand } from '../../../shared/oci/build-step.ts'
import { type HistoryEntry, pairHistory } from '../../../shared/oci/image-config.ts'
import { blobSizes, type Descriptor, type TotalSize } from '../../../shared/oci/manifest.ts'
import { maskAssignments } from '../../../shared/oci/secrets.ts'

export interface LayerRow {
  /** Counted from 1, base first. */
  readonly step: number
  /** What the layer was made by; undefined where nobody has written it down. */
  readonly command: BuildCommand | undefined
  readonly history: HistoryEntry | undefined
  /** Undefined for a step that changed the config only (`empty_layer`), and where there are too few layers. */
  readonly layer: Descriptor | undefined
  /** This layer and all before it; a layer named twice is downloaded once. */
  readonly cumulative: TotalSize
}

/** Secrets that were build settings are dots here too. */
function commandOf({ created_by, comment }: HistoryEntry): BuildCommand | undefined {
  const written = created_by || comment
  if (!written) return undefined
  const { instruction, text } = parseBuildCommand(written)
  return { instruction, text: maskAssignments(text, instruction) }
}

/**
 * All steps and layers, in the order they were made.
 *
 * @param layers  undefined in place of one that names nothing.
 */
export function layerRows(
  layers: readonly (Descriptor | undefined)[],
  history: readonly HistoryEntry[],
): readonly LayerRow[] {
  const counted = new Set<string>()
  const sizes = blobSizes(layers.filter((layer) => layer !== undefined))
  let cumulative: TotalSize = { bytes: 0, isPartial: false }
  return pairHistory(history, layers).map(({ history: entry, layer, isLost }, index) => {
    if (isLost) cumulative = { ...cumulative, isPartial: true }
    if (layer !== undefined && !counted.has(layer.digest)) {
      const size = sizes.get(layer.digest)
      const { bytes, isPartial } = cumulative
      cumulative = { bytes: bytes + (size ?? 0), isPartial: isPartial || size === undefined }
      counted.add(layer.digest)
    }
    return { step: index + 1, command: entry && commandOf(entry), history: entry, layer, cumulative }
  })
}

/** All layers together, as the last row has it. */
export function totalOfRows(rows: readonly LayerRow[]): TotalSize {
  return rows.at(-1)?.cumulative ?? { bytes: 0, isPartial: false }
}

/** The heaviest layers of those whose size is known, heaviest first; of equal ones the earlier first. */
export function largestLayers(rows: readonly LayerRow[], count: number): readonly LayerRow[] {
  return rows
    .filter(({ layer }) => (layer?.size ?? 0) > 0)
    .sort((a, b) => (b.layer?.size ?? 0) - (a.layer?.size ?? 0))
    .slice(0, count)
}
