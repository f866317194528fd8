// The route table: path → the module that is loaded when it is opened.

import type { QueryClient } from '@tanstack/react-query'
import { createBrowserRouter, type RouteObject } from 'react-router'
import { startBrowsing } from '../pages/browse/browse-loader.ts'
import { RouteFailure } from '../pages/route-failure.tsx'
import { Shell } from './shell.tsx'

/** @param basename  where Gantry lies, from `<base href>`: `/` or `/gantry`. */
export function createRouter(queryClient: QueryClient, basename: string) {
  const children: RouteObject[] = [
    {
      // one element for both, so that the tree stays as it is while repositories are opened; they add nothing to it
      lazy: () => import('../pages/browse/browse.tsx'),
      children: [
        { index: true, loader: startBrowsing(queryClient), element: null },
        { path: 'r/*', loader: startBrowsing(queryClient), element: null },
      ],
    },
    { path: 'login', lazy: () => import('../pages/login.tsx') },
    { path: 'containers/*', lazy: () => import('../pages/permalink.tsx') },
    { path: '*', lazy: () => import('../pages/not-found.tsx') },
  ]
  return createBrowserRouter(
    [
      {
        element: <Shell />,
        errorElement: (
          <main>
            <RouteFailure />
          </main>
        ),
        hydrateFallbackElement: <Shell />,
        // each page fails within the frame
        children: [{ errorElement: <RouteFailure />, children }],
      },
    ],
    { basename },
  )
}
