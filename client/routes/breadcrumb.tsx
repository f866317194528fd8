import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { formatReference, type Reference } from '../../shared/oci/reference.ts'
import { configQuery } from '../api/session.ts'
import { home, referencePath, repositoryPath } from '../paths.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import styles from './breadcrumb.module.css'

/** The image reference itself, each part a link. */
export function Breadcrumb({ reference }: { reference: Reference }) {
  const host = useQuery(configQuery).data?.registry ?? ''
  const { repository, tag, digest } = reference
  return (
    <nav className={styles.crumbs} aria-label="Reference">
      <Link to={home}>{host === '' ? 'Repositories' : host}</Link>
      <span aria-hidden>/</span>
      <Link
        to={repositoryPath(repository)}
        aria-current={tag === undefined && digest === undefined ? 'page' : undefined}
      >
        {repository}
      </Link>
      {tag !== undefined && (
        <>
          <span aria-hidden>:</span>
          <Link
            to={referencePath({ repository, tag })}
            aria-current={digest === undefined ? 'page' : undefined}
          >
            {tag}
          </Link>
        </>
      )}
      {digest !== undefined && (
        <>
          <span aria-hidden>@</span>
          <Link to={referencePath(reference)} aria-current="page">
            {digest}
          </Link>
        </>
      )}
      <CopyButton
        text={`${host === '' ? '' : `${host}/`}${formatReference(reference)}`}
        label="the reference"
      />
    </nav>
  )
}
