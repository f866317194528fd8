// / and /r/<reference> — repositories, tags and image side by side; on narrow screens what the page is about.

import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useRef } from 'react'
import { Outlet, useParams } from 'react-router'
import { formatReference, parseReference, type Reference } from '../../../shared/oci/reference.ts'
import { configQuery } from '../../api/session.ts'
import { Pane } from '../../components/pane.tsx'
import { Part } from '../../components/part.tsx'
import { Separator } from '../../components/separator.tsx'
import { Deletions } from '../../features/deletion/deletions.tsx'
import { usePageTitle } from '../../lib/page-title.ts'
import styles from './browse.module.css'
import { ImagePane, TagsPane } from './panes.ts'
import { usePrefetchOnRest } from './prefetch-image.ts'
import { ReferenceTitle } from './reference-title.tsx'
import { RepositoriesPane } from './repositories-pane.tsx'
import { usePaneWidths } from './use-pane-widths.ts'
import { Welcome } from './welcome.tsx'

/** What stands in for a pane while it loads or when it fails keeps its heading. */
const inTagsPane = (level: 1 | 2) => (standIn: ReactNode) => (
  <Pane title="Tags" level={level}>
    {standIn}
  </Pane>
)
const inImagePane = (reference: Reference) => (standIn: ReactNode) => (
  <Pane
    title={formatReference(reference)}
    heading={<ReferenceTitle reference={reference} />}
    level={1}
    isReference
  >
    {standIn}
  </Pane>
)

export function Component() {
  const reference = parseReference(useParams()['*'] ?? '')
  const config = useQuery(configQuery).data
  const name = reference?.digest ?? reference?.tag
  const host = config?.registry ?? ''
  const title =
    reference === undefined ? host : `${host === '' ? '' : `${host}/`}${formatReference(reference)}`
  const prefetchOnRest = usePrefetchOnRest()
  usePageTitle(title === '' ? 'Gantry' : title)
  const open = reference === undefined ? 'repositories' : name === undefined ? 'tags' : 'image'
  const panes = useRef<HTMLDivElement>(null)
  const widths = usePaneWidths(panes)
  return (
    <Deletions reference={reference}>
      <div ref={panes} className={styles.panes} data-open={open} style={widths.style}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: only loads ahead what a click will need */}
        <div className={styles.repositories} onPointerOver={TagsPane.load} onFocus={TagsPane.load}>
          <RepositoriesPane selected={reference?.repository} />
          <Separator {...widths.repositories} />
        </div>
        {reference === undefined && (
          <div className={styles.hint}>
            <Welcome registry={config?.registry} />
          </div>
        )}
        {reference !== undefined && (
          <div className={styles.tags} {...prefetchOnRest}>
            <Part id={reference.repository} what="tags" frame={inTagsPane(name === undefined ? 1 : 2)}>
              <TagsPane reference={reference} />
            </Part>
            {name !== undefined && <Separator {...widths.tags} />}
          </div>
        )}
        {reference !== undefined && name !== undefined && (
          <div className={styles.image}>
            <Part id={`${reference.repository} ${name}`} what="the image" frame={inImagePane(reference)}>
              <ImagePane reference={reference} name={name} />
            </Part>
          </div>
        )}
        <Outlet />
      </div>
    </Deletions>
  )
}

export { RouteFailure as ErrorBoundary } from '../route-failure.tsx'
