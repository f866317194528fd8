import { ChevronLeft } from 'lucide-react'
import { Fragment } from 'react'
import { Link } from 'react-router'
import { formatReference, type Reference, type Repository } from '../../shared/oci/reference.ts'
import controls from '../components/controls.module.css'
import { copyAndSay } from '../components/copy-and-say.ts'
import { CopyButton } from '../components/copy-button.tsx'
import { usePageAction } from '../lib/page-actions.ts'
import { home, referencePath, repositoryPath } from '../lib/paths.ts'
import styles from './breadcrumb.module.css'

interface Crumb {
  readonly separator: string
  readonly text: string
  /** What the text stands for, in full. */
  readonly title: string
  /** Where it leads; undefined for a namespace, which is no page. */
  readonly to: string | undefined
}

/** More namespaces than these leave out those in the middle. */
const MAX_PARTS = 5

function pathOf(repository: Repository): Crumb[] {
  const parts = repository.split('/')
  const path = parts.map(
    (text, index): Crumb => ({
      separator: '/',
      text,
      title: text,
      to: index === parts.length - 1 ? repositoryPath(repository) : undefined,
    }),
  )
  if (parts.length <= MAX_PARTS) return path
  const left = parts.slice(2, -2).join('/')
  return [...path.slice(0, 2), { separator: '/', text: '…', title: left, to: undefined }, ...path.slice(-2)]
}

function crumbsOf(reference: Reference): Crumb[] {
  const { repository, tag, digest } = reference
  const path = pathOf(repository)
  if (tag !== undefined)
    path.push({ separator: ':', text: tag, title: tag, to: referencePath({ repository, tag }) })
  if (digest !== undefined)
    path.push({ separator: '@', text: digest, title: digest, to: referencePath(reference) })
  return path
}

/** The image reference itself, each part a link; on a phone with a way back to what it lies in. */
export function Breadcrumb({
  reference,
  registry,
}: {
  reference: Reference | undefined
  registry: string | undefined
}) {
  const text = reference && `${registry === undefined ? '' : `${registry}/`}${formatReference(reference)}`
  usePageAction(text && 'Copy the reference', () => text && void copyAndSay(text), 'y')
  if (reference === undefined)
    return registry === undefined ? null : (
      <span className={styles.registry} title="The registry">
        {registry}
      </span>
    )
  const crumbs = crumbsOf(reference)
  const isImage = reference.tag !== undefined || reference.digest !== undefined
  return (
    <nav className={styles.crumbs} aria-label="Reference">
      <Link
        to={isImage ? repositoryPath(reference.repository) : home}
        className={`${controls.icon} ${styles.back}`}
        aria-label="Back"
      >
        <ChevronLeft size={16} aria-hidden />
      </Link>
      <Link to={home} className={styles.host}>
        {registry ?? 'Repositories'}
      </Link>
      {crumbs.map(({ separator, text, title, to }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts may repeat, and their order is what they are
        <Fragment key={index}>
          <span aria-hidden>{separator}</span>
          {to === undefined ? (
            <span className={styles.part} title={title}>
              {text}
            </span>
          ) : (
            <Link
              to={to}
              title={title}
              className={styles.part}
              aria-current={index === crumbs.length - 1 ? 'page' : undefined}
            >
              {text}
            </Link>
          )}
        </Fragment>
      ))}
      <CopyButton text={text ?? ''} label="the reference" />
    </nav>
  )
}
