import { ChevronsDownUp, ChevronsUpDown, Download } from 'lucide-react'
import { type KeyboardEvent, useMemo, useState } from 'react'
import { layoutJson } from '../../../shared/json-layout.ts'
import type { RegistryDocument } from '../../api/documents.ts'
import controls from '../../components/controls.module.css'
import { CopyButton } from '../../components/copy-button.tsx'
import { FilterField } from '../../components/filter-field.tsx'
import { PlainLine } from '../../components/plain-text.tsx'
import { isSignedSchema1, VerifiedDigest } from '../image/index.ts'
import { foldable, matchingLines } from './json-folds.ts'
import { JsonView } from './json-view.tsx'
import styles from './raw.module.css'
import type { RawDocument } from './raw-documents.ts'

const MAX_PLAIN = 200_000
const NOTHING: ReadonlySet<number> = new Set()

/** The exact bytes, saved as a file. */
function save(bytes: Uint8Array<ArrayBuffer>, name: string): void {
  const address = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  URL.revokeObjectURL(address)
}

function fileOf({ label, digest }: RawDocument): string {
  const word = label.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  return `${word}${digest === undefined ? '' : `-${digest.slice(digest.indexOf(':') + 1).slice(0, 12)}`}.json`
}

interface RawDocumentViewProps {
  readonly document: RegistryDocument
  readonly meta: RawDocument
  readonly links: ReadonlyMap<string, string>
}

/** One document: its text to read, search, fold, copy and save, and whether its digest is true. */
export function RawDocumentView({ document, meta, links }: RawDocumentViewProps) {
  const layout = useMemo(
    () => (document.value === undefined ? undefined : layoutJson(document.text)),
    [document],
  )
  const [typed, setTyped] = useState('')
  const [match, setMatch] = useState(0)
  const [folded, setFolded] = useState(NOTHING)
  const search = typed.toLowerCase()
  const lines = layout?.lines ?? []
  const matches = useMemo(() => matchingLines(layout?.lines ?? [], search), [layout, search])
  const find = (text: string) => {
    setTyped(text)
    setMatch(0)
    // what matches must be seen
    if (text !== '') setFolded(NOTHING)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || matches.length === 0) return
    event.preventDefault()
    setMatch((match + (event.shiftKey ? -1 : 1) + matches.length) % matches.length)
  }
  const toggle = (line: number) => {
    const next = new Set(folded)
    if (!next.delete(line)) next.add(line)
    setFolded(next)
  }
  const FoldIcon = folded.size > 0 ? ChevronsUpDown : ChevronsDownUp
  const foldWord = folded.size > 0 ? 'Unfold all' : 'Fold all'
  return (
    <>
      <div className={styles.bar}>
        {layout !== undefined && (
          // biome-ignore lint/a11y/noStaticElementInteractions: keys typed into the field within
          <div className={styles.search} onKeyDown={onKeyDown}>
            <FilterField
              label="Search the document"
              placeholder="Search"
              value={typed}
              matches={search === '' ? undefined : matches.length}
              onChange={find}
            />
          </div>
        )}
        <span className={styles.grow} />
        {foldable(lines).size > 0 && (
          <button
            type="button"
            className={controls.icon}
            aria-label={foldWord}
            title={foldWord}
            onClick={() => setFolded(folded.size > 0 ? NOTHING : foldable(lines))}
          >
            <FoldIcon size={15} aria-hidden />
          </button>
        )}
        <CopyButton text={document.text} label="the exact text" />
        <button
          type="button"
          className={controls.icon}
          aria-label="Download the exact bytes"
          title={`Download ${fileOf(meta)}`}
          onClick={() => save(document.bytes, fileOf(meta))}
        >
          <Download size={15} aria-hidden />
        </button>
      </div>
      <VerifiedDigest
        bytes={document.bytes}
        digest={meta.digest}
        isSigned={meta.kind === 'manifest' && isSignedSchema1(document.value)}
      />
      {layout === undefined ? (
        <pre className={styles.plain}>
          <PlainLine text={document.text.slice(0, MAX_PLAIN)} />
        </pre>
      ) : (
        <JsonView
          layout={layout}
          search={search}
          current={matches[match]}
          folded={folded}
          links={links}
          onToggle={toggle}
        />
      )}
      {(layout?.truncated === true || (layout === undefined && document.text.length > MAX_PLAIN)) && (
        <p className={styles.note}>The document goes on: download it to see the rest.</p>
      )}
    </>
  )
}
