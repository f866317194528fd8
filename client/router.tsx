// The route table: path → the module that is loaded when it is opened.

import type { QueryClient } from '@tanstack/react-query'
import { createBrowserRouter, type RouteObject } from 'react-router'
import { Shell } from './frame/shell.tsx'
import { startBrowsing } from './routes/browse-loader.ts'
import { RouteFailure } from './routes/route-failure.tsx'

/** @param basename  where Gantry lies, from `<base href>`: `/` or `/gantry`. */
export function createRouter(queryClient: QueryClient, basename: string) {
  const children: RouteObject[] = [
    {
      // one element for both, so that the tree stays as it is while repositories are opened; they add nothing to it
      lazy: () => import('./routes/browse.tsx'),
      children: [
        { index: true, loader: startBrowsing(queryClient), element: null },
        { path: 'r/*', loader: startBrowsing(queryClient), element: null },
      ],
    },
    { path: 'login', lazy: () => import('./routes/login.tsx') },
    { path: 'containers/*', lazy: () => import('./routes/permalink.tsx') },
    { path: '*', lazy: () => import('./routes/not-found.tsx') },
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
