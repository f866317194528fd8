import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { annotationValue, type SortedAnnotations } from '../../../shared/oci/annotations.ts'
import { findBase, type SeenImage } from '../../../shared/oci/base-image.ts'
import { parseDigest } from '../../../shared/oci/digest.ts'
import type { ImageManifest } from '../../../shared/oci/manifest.ts'
import type { FetchedManifest, manifestOf } from '../../api/manifests.ts'
import { PlainText } from '../../components/plain-text.tsx'
import { ImageName } from './annotations.tsx'
import { ShortDigest } from './digest.tsx'
import styles from './image.module.css'

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
    // a layer that is not known could be any
    manifest.kind === 'manifest' && manifest.isWhole && digest !== undefined
      ? [{ name: names.get(digest) ?? `${repository}@${digest}`, layers: manifest.layers }]
      : [],
  )
}

/** The base that annotations name, by name, digest or both; undefined where they name none. */
export function annotatedBase(notes: SortedAnnotations, registry: string | undefined): ReactNode {
  const [name, text] = [annotationValue(notes, 'base.name'), annotationValue(notes, 'base.digest')]
  if (name === undefined && text === undefined) return undefined
  const digest = text === undefined ? undefined : parseDigest(text)
  return (
    <>
      {name !== undefined && <ImageName name={name} registry={registry} />}{' '}
      {digest !== undefined ? (
        <ShortDigest digest={digest} label="the digest of the base image" withAlgorithm />
      ) : (
        text !== undefined && <PlainText text={text} />
      )}
      <span className={styles.note}> by annotation</span>
    </>
  )
}

/** What an image was built on: as its annotations say, else by the layers that it shares with images seen before. */
export function useBaseImage(
  notes: SortedAnnotations,
  { layers, isWhole }: Pick<ImageManifest, 'layers' | 'isWhole'>,
  registry: string | undefined,
) {
  const client = useQueryClient()
  const annotated = annotatedBase(notes, registry)
  const isNamed = annotationValue(notes, 'base.name') !== undefined
  const base = isNamed || !isWhole ? undefined : findBase(layers, seenImages(client))
  if (base === undefined) return { fact: annotated, layerCount: undefined }
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
        {annotated !== undefined && (
          <>
            <br />
            {annotated}
          </>
        )}
      </>
    ),
    layerCount,
  }
}
