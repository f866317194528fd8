import type { DeletionPlan } from '../../../shared/api/deletion.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { ShellLine } from '../../components/shell-line.tsx'
import frame from './deletion.module.css'
import { goes } from './plan.ts'
import styles from './run.module.css'

/**
 * Distribution 3 knows that an index needs its platforms; 2.x with `--delete-untagged` removes those that have no tag
 * of their own from images that stay (https://github.com/distribution/distribution/issues/3178).
 */
const COLLECTORS = {
  'distribution 3': 'registry garbage-collect --delete-untagged /etc/distribution/config.yml',
  'distribution 2': 'registry garbage-collect /etc/docker/registry/config.yml',
} as const

function Command({ of }: { of: keyof typeof COLLECTORS }) {
  const text = COLLECTORS[of]
  return (
    <div className={styles.command}>
      <span className={styles.of}>{of}</span>
      <code className={styles.text}>
        <ShellLine text={text} />
      </code>
      <CopyButton text={text} label={`the command for ${of}`} />
    </div>
  )
}

/** What is left to do for whoever runs the registry: deleting removes names, collecting removes bytes. */
export function AfterCare({ plan: { mode, manifests } }: { plan: DeletionPlan }) {
  if (!manifests.some((manifest) => goes(manifest, mode)))
    return (
      <p className={frame.note}>
        The images stay under their other tags: there is no disk space to get back.
      </p>
    )
  return (
    <section className={styles.care}>
      <h3>To get the disk space back</h3>
      <p className={frame.note}>
        Whoever runs the registry collects its garbage, while the registry is stopped or read-only: what is
        pushed meanwhile may be lost. With <code>--dry-run</code> it only says what it would remove.
      </p>
      {mode === 'tag' ? (
        <>
          <Command of="distribution 3" />
          <p className={frame.note}>zot collects by itself after a while: nothing to run.</p>
        </>
      ) : (
        <>
          <Command of="distribution 2" />
          <Command of="distribution 3" />
          <p className={frame.note}>
            distribution 2 has <code>--delete-untagged</code> too, which frees more, but also breaks images
            for several platforms that you keep: it removes their platforms where these have no tags of their
            own.
          </p>
        </>
      )}
    </section>
  )
}
