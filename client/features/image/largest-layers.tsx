import { Link, useSearchParams } from 'react-router'
import { formatBytes } from '../../ui/format.ts'
import { CommandText } from './command-text.tsx'
import { tabSearch } from './image-tabs.tsx'
import { type LayerRow, largestLayers } from './layer-rows.ts'
import styles from './layers.module.css'

/** How much of the image a layer is. Says nothing that the numbers beside it do not. */
export function ShareBar({ part, whole }: { part: number; whole: number }) {
  return (
    <span className={styles.bar} aria-hidden>
      <i style={{ width: `${whole === 0 ? 0 : (part / whole) * 100}%` }} />
    </span>
  )
}

/** Where the bytes are: three layers, and the way to all of them. */
export function LargestLayers({ rows }: { rows: readonly LayerRow[] }) {
  const [search] = useSearchParams()
  const largest = largestLayers(rows, 3)
  const whole = rows.at(-1)?.cumulative ?? 0
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
            <ShareBar part={layer?.size ?? 0} whole={whole} />
            <span className={styles.size}>{formatBytes(layer?.size ?? 0)}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
