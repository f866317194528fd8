import { findDescriptors } from '../../../shared/oci/descriptors.ts'
import type { ParsedManifest } from '../../../shared/oci/manifest.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import type { FetchedManifest } from '../../api/manifests.ts'
import { Notice } from '../../components/notice.tsx'
import { PlainText } from '../../components/plain-text.tsx'
import { Facts } from './manifest-info.tsx'
import { PartsTable } from './parts-table.tsx'

function typeOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { artifactType, mediaType } = value as Record<string, unknown>
  return [artifactType, mediaType].find((type): type is string => typeof type === 'string' && type !== '')
}

interface OtherOverviewProps {
  readonly repository: Repository
  readonly document: FetchedManifest
  readonly manifest: Extract<ParsedManifest, { kind: 'unsupported' | 'invalid' }>
}

/** What is neither image, index nor artifact of a kind that is known: its parts, as far as they can be made out. */
export function OtherOverview({ repository, document, manifest }: OtherOverviewProps) {
  const parts = findDescriptors(document.value).map(({ path, digest, mediaType, size }) => ({
    name: path,
    mediaType,
    digest,
    size,
    file: undefined,
  }))
  const type = typeOf(document.value) ?? document.mediaType
  return (
    <>
      {manifest.kind === 'unsupported' ? (
        <Notice title="Schema 1 is not supported any more">
          <p>
            This tag has Docker’s first manifest format. Pull and push it again with a current client to
            convert it.
          </p>
        </Notice>
      ) : document.value === undefined ? (
        <Notice title="This manifest is incomplete">
          <p>What the registry sent is no whole JSON document. Raw shows it, held against its digest.</p>
        </Notice>
      ) : (
        <Notice title="This is no kind of manifest that Gantry knows">
          <p>
            <PlainText text={manifest.problem} /> The document is under Raw as it is.
          </p>
        </Notice>
      )}
      <Facts
        facts={[
          [
            'Type',
            type !== '' && (
              <code>
                <PlainText text={type} />
              </code>
            ),
          ],
        ]}
      />
      <PartsTable title="What it names" repository={repository} parts={parts} />
    </>
  )
}
