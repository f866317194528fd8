// Starts what / and /r/<reference> will ask for; waits for nothing, so that the frame paints first.

import type { QueryClient } from '@tanstack/react-query'
import { data, type LoaderFunctionArgs } from 'react-router'
import { parseReference } from '../../../shared/oci/reference.ts'
import { walkCatalog } from '../../api/catalog.ts'
import { startImage, startTags } from './panes.ts'

/** Throws 404 for an address that holds no reference. */
export const startBrowsing =
  (queryClient: QueryClient) =>
  ({ params, request }: LoaderFunctionArgs) => {
    const path = params['*']
    const reference = path === undefined ? undefined : parseReference(path)
    if (path !== undefined && reference === undefined) throw data('NAME_INVALID', { status: 404 })
    void walkCatalog(queryClient)
    if (reference === undefined) return null
    startTags(queryClient, reference.repository, new URL(request.url).searchParams)
    const name = reference.digest ?? reference.tag
    const platform = new URL(request.url).searchParams.get('platform')
    if (name !== undefined) startImage(queryClient, reference.repository, name, platform)
    return null
  }
