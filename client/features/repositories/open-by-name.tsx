import { type FormEvent, useState } from 'react'
import { Link, useNavigate } from 'react-router'
import type { ConfigResponse } from '../../../shared/api/config.ts'
import { parsePastedReference, parseRepository } from '../../../shared/oci/reference.ts'
import controls from '../../components/controls.module.css'
import { referencePath, repositoryPath } from '../../lib/paths.ts'
import { readPreferences } from '../../lib/preferences.ts'
import styles from './open-by-name.module.css'

function Names({ title, names }: { title: string; names: readonly string[] }) {
  const repositories = names.flatMap((name) => parseRepository(name) ?? [])
  if (repositories.length === 0) return null
  return (
    <>
      <h2>{title}</h2>
      <ul>
        {repositories.map((name) => (
          <li key={name}>
            <Link to={repositoryPath(name)}>{name}</Link>
          </li>
        ))}
      </ul>
    </>
  )
}

/** For registries that list nothing: a name or a whole image reference leads there. */
export function OpenByName({ config }: { config: ConfigResponse }) {
  const navigate = useNavigate()
  const [wrong, setWrong] = useState(false)
  const open = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const text = String(new FormData(event.currentTarget).get('reference'))
    const reference = parsePastedReference(text, config.registry)
    setWrong(reference === undefined)
    if (reference !== undefined) void navigate(referencePath(reference))
  }
  return (
    <div className={styles.open}>
      <form onSubmit={open}>
        <label htmlFor="reference">Open a repository by name</label>
        <div className={styles.row}>
          <input
            id="reference"
            name="reference"
            className={controls.field}
            placeholder="team/image:tag"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            required
            aria-invalid={wrong}
            aria-describedby={wrong ? 'reference-error' : undefined}
          />
          <button type="submit" className={controls.primary}>
            Open
          </button>
        </div>
        {wrong && (
          <p id="reference-error" role="alert" className={styles.wrong}>
            This is no image reference of {config.registry}.
          </p>
        )}
      </form>
      <Names title="Known to be here" names={config.repositories} />
      <Names title="Opened lately" names={readPreferences().recents} />
    </div>
  )
}
