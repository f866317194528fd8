// /r/<name>, /r/<name>:<tag>, /r/<name>@<digest> — read as the image reference it is.

import type { QueryClient } from '@tanstack/react-query'
import { lazy, type ReactNode } from 'react'
import { data, type LoaderFunctionArgs, useLoaderData } from 'react-router'
import { formatReference, parseReference, type Reference } from '../../shared/oci/reference.ts'
import { manifestOf } from '../api/manifests.ts'
import { tagsOf } from '../api/tags.ts'
import { Pane } from '../ui/pane.tsx'
import { Breadcrumb } from './breadcrumb.tsx'
import { Part } from './part.tsx'
import { TagsPage } from './tags.tsx'

const importImage = () => import('./image.tsx').then(({ ImagePage }) => ({ default: ImagePage }))
const ImagePage = lazy(importImage)

export const loader =
  (queryClient: QueryClient) =>
  ({ params }: LoaderFunctionArgs): Reference => {
    const reference = parseReference(params['*'] ?? '')
    if (reference === undefined) throw data('NAME_INVALID', { status: 404 })
    const { repository, tag, digest } = reference
    const name = digest ?? tag
    // started early and not awaited: the frame paints first
    if (name === undefined) void queryClient.prefetchQuery(tagsOf(repository))
    else {
      void queryClient.prefetchQuery(manifestOf(repository, name))
      void importImage().catch(() => {}) // its failure is told where it is shown
    }
    return reference
  }

export function Component() {
  const reference = useLoaderData<Reference>()
  const { repository, tag, digest } = reference
  const name = digest ?? tag
  const frame = (standIn: ReactNode) => <Pane title={formatReference(reference)}>{standIn}</Pane>
  return (
    <>
      <Breadcrumb reference={reference} />
      <Part id={`${repository} ${name}`} what={name === undefined ? 'tags' : 'the image'} frame={frame}>
        {name === undefined ? (
          <TagsPage repository={repository} />
        ) : (
          <ImagePage reference={reference} name={name} />
        )}
      </Part>
    </>
  )
}

export { RouteFailure as ErrorBoundary } from './route-failure.tsx'
