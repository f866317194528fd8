// What stands beside the list of repositories until one is opened.

import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { parseRepository } from '../../../shared/oci/reference.ts'
import { catalogQuery } from '../../api/catalog.ts'
import { Logo } from '../../components/logo.tsx'
import { repositoryPath } from '../../lib/paths.ts'
import { readPreferences } from '../../lib/preferences.ts'
import styles from './welcome.module.css'

export function Welcome({ registry }: { registry: string | undefined }) {
  // where the catalog is closed, the pane beside this one names them
  const isListed = useInfiniteQuery(catalogQuery).data !== undefined
  const recents = !isListed ? [] : readPreferences().recents.flatMap((name) => parseRepository(name) ?? [])
  return (
    <div className={styles.welcome}>
      <Logo />
      <p className={styles.registry}>{registry}</p>
      <p>Open a repository to see its tags, and a tag to see the image.</p>
      {recents.length > 0 && (
        <section aria-label="Opened lately">
          <h2>Opened lately</h2>
          <ul>
            {recents.map((name) => (
              <li key={name}>
                <Link to={repositoryPath(name)} title={name}>
                  {name}
                </Link>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  )
}
