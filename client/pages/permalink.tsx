// craneoperator's addresses lead to ours.

import { data, type LoaderFunctionArgs, redirect } from 'react-router'
import { parseReference } from '../../shared/oci/reference.ts'
import { referencePath } from '../lib/paths.ts'

/** `/containers/<name>` and `/containers/<name>/tag/<tag>`. */
export function loader({ params }: LoaderFunctionArgs) {
  const [, name = '', tag] = /^(.+?)(?:\/tag\/([^/]+))?\/?$/.exec(params['*'] ?? '') ?? []
  const reference = parseReference(tag === undefined ? name : `${name}:${tag}`)
  if (reference === undefined) throw data('NAME_INVALID', { status: 404 })
  return redirect(referencePath(reference))
}

export function Component() {
  return null
}

export { RouteFailure as ErrorBoundary } from './route-failure.tsx'
