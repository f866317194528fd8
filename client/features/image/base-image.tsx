import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { findBase, type SeenImage } from '../../../shared/oci/base-image.ts'
import { type Notes, noteOf } from '../../../shared/oci/image-notes.ts'
import type { Descriptor } from '../../../shared/oci/manifest.ts'
import type { FetchedManifest, manifestOf } from '../../api/manifests.ts'
import styles from './image.module.css'
import { ImageName } from './notes.tsx'

type ManifestKey = ReturnType<typeof manifestOf>['queryKey']

/** Images that were looked at before, tags before digests; a platform's image goes by its index's tag. */
function seenImages(client: QueryClient): readonly SeenImage[] {
  const cached = client.getQueriesData<FetchedManifest>({ queryKey: ['manifest'] }).flatMap(([key, data]) => {
    const [, repository, reference] = key as ManifestKey
    return data === undefined || repository === undefined || reference === undefined
      ? []
      : [{ repository, reference, data }]
  })
  const names = new Map<string, string>()
  for (const { repository, reference, data } of cached) {
    if (reference.includes(':')) continue
    const children =
      data.manifest.kind === 'index' ? data.manifest.manifests.map(({ digest }) => digest) : [data.digest]
    for (const digest of children)
      if (digest !== undefined && !names.has(digest)) names.set(digest, `${repository}:${reference}`)
  }
  return cached.flatMap(({ repository, data: { digest, manifest } }) =>
    manifest.kind === 'manifest' && digest !== undefined
      ? [{ name: names.get(digest) ?? `${repository}@${digest}`, layers: manifest.layers }]
      : [],
  )
}

/** What an image was built on: as its annotations say, else by the layers that it shares with images seen before. */
export function useBaseImage(notes: Notes, layers: readonly Descriptor[], registry: string | undefined) {
  const client = useQueryClient()
  const named = noteOf(notes, 'Base image')
  if (named !== undefined)
    return {
      fact: (
        <>
          <ImageName name={named} registry={registry} />
          <span className={styles.note}> by annotation</span>
        </>
      ),
      layerCount: undefined,
    }
  const base = findBase(layers, seenImages(client))
  if (base === undefined) return undefined
  const { name, layerCount } = base
  return {
    fact: (
      <>
        <ImageName name={registry === undefined ? name : `${registry}/${name}`} registry={registry} />
        <span className={styles.note}>
          {' '}
          or the same base: its{' '}
          {layerCount === 1 ? 'layer is the first' : `${layerCount} layers are the first`} here
        </span>
      </>
    ),
    layerCount,
  }
}
