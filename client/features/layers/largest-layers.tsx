import { Link, useSearchParams } from 'react-router'
import type { TotalSize } from '../../../shared/oci/manifest.ts'
import { formatBytes } from '../../lib/format.ts'
import { CommandText } from '../commands/index.ts'
import { tabSearch } from '../image/index.ts'
import { type LayerRow, largestLayers, totalOfRows } from './layer-rows.ts'
import styles from './layers.module.css'

/** How much of the image a layer is, where both are known. Says nothing that the numbers beside it do not. */
export function ShareBar({ part, whole }: { part: number | undefined; whole: TotalSize }) {
  if (part === undefined || whole.isPartial) return <span />
  return (
    <span className={styles.bar} aria-hidden>
      <i style={{ width: `${whole.bytes === 0 ? 0 : (part / whole.bytes) * 100}%` }} />
    </span>
  )
}

/** Where the bytes are: three layers, and the way to all of them. */
export function LargestLayers({ rows }: { rows: readonly LayerRow[] }) {
  const [search] = useSearchParams()
  const largest = largestLayers(rows, 3)
  const whole = totalOfRows(rows)
  if (largest.length === 0) return null
  return (
    <>
      <h2>Largest layers</h2>
      <ul className={styles.largest}>
        {largest.map(({ step, command, layer }) => (
          <li key={step}>
            <Link to={{ search: tabSearch(search, 'layers') }}>
              <CommandText command={command} isLine />
            </Link>
            <ShareBar part={layer?.size} whole={whole} />
            <span className={styles.size}>{formatBytes(layer?.size ?? 0)}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
