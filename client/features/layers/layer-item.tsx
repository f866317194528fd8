import type { ReactNode } from 'react'
import type { TotalSize } from '../../../shared/oci/manifest.ts'
import { layerTypeOf } from '../../../shared/oci/manifest.ts'
import { PlainText, spellSigns } from '../../components/plain-text.tsx'
import { formatBytes, formatTotal } from '../../lib/format.ts'
import { CommandText } from '../commands/index.ts'
import { ShortDigest } from '../image/index.ts'
import { ShareBar } from './largest-layers.tsx'
import type { LayerRow } from './layer-rows.ts'
import styles from './layers.module.css'

interface LayerItemProps {
  readonly row: LayerRow
  /** All layers together. */
  readonly whole: TotalSize
  /** Named below the last layer of the base. */
  readonly base: ReactNode
}

/** Empty only where that is written: a squashed image has more steps than layers, and a layer may name nothing. */
function NoLayer({ isEmpty }: { isEmpty: boolean }) {
  return (
    <span
      className={styles.size}
      title={isEmpty ? 'It changed the config only' : 'The manifest does not say which layer it made'}
    >
      {isEmpty ? 'empty' : 'unknown'}
    </span>
  )
}

/** One step: what it did, what it weighs, what the image weighs up to here. */
export function LayerItem({
  row: { step, command, history, layer, cumulative },
  whole,
  base,
}: LayerItemProps) {
  const type = layer && layerTypeOf(layer)
  return (
    <>
      <li data-empty={layer === undefined}>
        <span className={styles.step}>{step}</span>
        <CommandText command={command} />
        {layer === undefined || type === undefined ? (
          <NoLayer isEmpty={history?.empty_layer === true} />
        ) : (
          <>
            {layer.size === undefined ? (
              <span className={styles.size} title="The manifest does not say how large it is">
                unknown
              </span>
            ) : (
              <span className={styles.size}>{formatBytes(layer.size)}</span>
            )}
            <ShareBar part={layer.size} whole={whole} />
            <span className={`${styles.size} ${styles.cumulative}`} title="This layer and all before it">
              {formatTotal(cumulative)}
            </span>
            <span className={styles.detail}>
              <ShortDigest digest={layer.digest} label={`the digest of layer ${step}`} />
              <span title={spellSigns(layer.mediaType) || undefined}>
                <PlainText text={type.packing} limit={80} />
              </span>
              {type.isForeign && (
                <span
                  className={styles.foreign}
                  title={layer.urls && spellSigns(layer.urls.join('\n'), 1000)}
                >
                  foreign: lies elsewhere, Gantry never fetches it
                </span>
              )}
            </span>
          </>
        )}
      </li>
      {base !== undefined && (
        <li className={styles.base}>
          <span>above: {base}</span>
        </li>
      )}
    </>
  )
}
