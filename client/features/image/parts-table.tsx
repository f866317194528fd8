import { Download } from 'lucide-react'
import { type Digest, shortDigest } from '../../../shared/oci/digest.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import controls from '../../components/controls.module.css'
import { CopyButton } from '../../components/copy-button.tsx'
import { PlainText, spellSigns } from '../../components/plain-text.tsx'
import { useFirst } from '../../components/use-first.tsx'
import { formatBytes } from '../../lib/format.ts'
import { blobPath } from '../../lib/paths.ts'
import styles from './parts-table.module.css'

export interface PartRow {
  readonly name: string
  readonly mediaType: string | undefined
  readonly digest: Digest
  /** Bytes; undefined where it is not known. */
  readonly size: number | undefined
  /** The name it is saved under; undefined for what is not fetched from here. */
  readonly file: string | undefined
}

/** The last part of a title, without what file systems choke on: whoever pushed it chose it. */
export function fileName(title: string): string {
  const last = title.split(/[/\\]/).filter(Boolean).at(-1) ?? ''
  const clean = last.replace(/[\p{Cc}\p{Cf}<>:"|?*]/gu, '').replace(/^\.+/, '')
  return clean.slice(0, 120) || 'download'
}

const STEP = 100

/** Content by name, type and size, each with its digest and, where it lies in this registry, a download. */
export function PartsTable({
  title,
  repository,
  parts,
}: {
  title: string
  repository: Repository
  parts: readonly PartRow[]
}) {
  const { shown, more } = useFirst(parts, STEP, 'entries')
  if (parts.length === 0) return null
  return (
    <>
      <h2>{title}</h2>
      <ul className={styles.parts} aria-label={title}>
        {shown.map(({ name, mediaType, digest, size, file }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts may repeat, and their order is what they are
          <li key={index}>
            <span className={styles.name}>
              <PlainText text={name} limit={160} />
            </span>
            <span className={styles.size}>{size === undefined ? 'size unknown' : formatBytes(size)}</span>
            <span className={styles.actions}>
              <CopyButton text={digest} label={`the digest of ${spellSigns(name, 60)}`} />
              {file !== undefined && (
                <a
                  href={blobPath(repository, digest)}
                  download={file}
                  className={controls.icon}
                  aria-label={`Download ${spellSigns(name, 60)}`}
                  title={`Download ${file}`}
                >
                  <Download size={15} aria-hidden />
                </a>
              )}
            </span>
            <span className={styles.type}>
              {mediaType !== undefined && mediaType !== '' && <PlainText text={mediaType} limit={120} />}
              <code title={digest}>{shortDigest(digest)}</code>
            </span>
          </li>
        ))}
      </ul>
      {more}
    </>
  )
}
