import { useSuspenseQuery } from '@tanstack/react-query'
import { Link, useSearchParams } from 'react-router'
import type { Digest } from '../../../shared/oci/digest.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import { blobOf } from '../../api/documents.ts'
import { manifestOf } from '../../api/manifests.ts'
import { PlainText, spellSigns } from '../../components/plain-text.tsx'
import { tabSearch } from '../image/index.ts'
import styles from './raw.module.css'
import { RawDocumentView } from './raw-document.tsx'
import { digestLinks, type Opened, type RawDocument, rawDocuments } from './raw-documents.ts'

/** The document that the address names, or the first. */
export function useRawDocument(opened: Opened) {
  const [search] = useSearchParams()
  const documents = rawDocuments(opened)
  const current = documents.find(({ id }) => id === search.get('doc')) ?? documents[0]
  return { documents, current }
}

/** The documents to choose from: the main ones as links, children and payloads in a list. */
export function RawPicker({
  documents,
  current,
}: {
  documents: readonly RawDocument[]
  current: RawDocument
}) {
  const [search, setSearch] = useSearchParams()
  const main = documents.filter(({ isMain }) => isMain)
  const others = documents.filter(({ isMain }) => !isMain)
  const docOf = ({ id }: RawDocument): Record<string, string> => (id === 'top' ? {} : { doc: id })
  return (
    <div className={styles.picker}>
      <nav aria-label="Documents">
        {main.map((entry) => (
          <Link
            key={entry.id}
            to={{ search: tabSearch(search, 'raw', docOf(entry)) }}
            replace
            aria-current={entry === current ? 'true' : undefined}
          >
            <PlainText text={entry.label} limit={120} />
          </Link>
        ))}
      </nav>
      {others.length > 0 && (
        <select
          aria-label="Other documents"
          value={current.isMain ? '' : current.id}
          data-chosen={!current.isMain}
          onChange={(event) =>
            setSearch(tabSearch(search, 'raw', { doc: event.target.value }), { replace: true })
          }
        >
          <option value="" disabled>
            {others.length} more
          </option>
          {others.map(({ id, label }) => (
            <option key={id} value={id}>
              {spellSigns(label)}
            </option>
          ))}
        </select>
      )}
    </div>
  )
}

interface ContentProps {
  readonly repository: Repository
  readonly current: RawDocument
  readonly links: ReadonlyMap<string, string>
}

function ManifestContent({ repository, current, links }: ContentProps) {
  const document = useSuspenseQuery(manifestOf(repository, current.reference)).data
  return <RawDocumentView key={current.id} document={document} meta={current} links={links} />
}

function BlobContent({ repository, current, digest, links }: ContentProps & { digest: Digest }) {
  const document = useSuspenseQuery(blobOf(repository, digest)).data
  return <RawDocumentView key={current.id} document={document} meta={current} links={links} />
}

interface RawContentProps {
  readonly opened: Opened
  readonly documents: readonly RawDocument[]
  readonly current: RawDocument
}

/** One document as the registry has it. Suspends while it loads; throws ApiError. */
export function RawContent({ opened, documents, current }: RawContentProps) {
  const [search] = useSearchParams()
  const { repository } = opened
  const links = digestLinks(opened, documents, (tab, more) => tabSearch(search, tab, more))
  return current.kind === 'blob' && current.digest !== undefined ? (
    <BlobContent repository={repository} current={current} digest={current.digest} links={links} />
  ) : (
    <ManifestContent repository={repository} current={current} links={links} />
  )
}
