import { data } from 'react-router'

/** Every other address. */
export function loader() {
  throw data('NOT_FOUND', { status: 404 })
}

export function Component() {
  return null
}

export { RouteFailure as ErrorBoundary } from './route-failure.tsx'
