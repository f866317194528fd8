// The Raw tab: its list of documents stays while one of them loads or fails.

import { Part } from '../../components/part.tsx'
import type { ImageTabProps } from '../image/index.ts'
import type { Opened } from './raw-documents.ts'
import { RawContent, RawPicker, useRawDocument } from './raw-tab.tsx'

export function RawPart({ repository, name, top, chosen, shown }: ImageTabProps) {
  const opened: Opened = {
    repository,
    name,
    top,
    chosen: chosen && { descriptor: chosen.descriptor, manifest: shown?.manifest },
  }
  const { documents, current } = useRawDocument(opened)
  if (current === undefined) return null
  return (
    <>
      <RawPicker documents={documents} current={current} />
      <Part id={current.id} what={current.label}>
        <RawContent opened={opened} documents={documents} current={current} />
      </Part>
    </>
  )
}
