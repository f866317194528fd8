import type { DeletionPlan } from '../../../shared/api/deletion.ts'
import type { Repository } from '../../../shared/oci/reference.ts'
import { countOf, formatBytes } from '../../lib/format.ts'
import styles from './deletion.module.css'
import { countsOf, goes } from './plan.ts'

/** What becomes of the space: only the registry's own collection gives it back. */
function bytesInWords({ bytes, partial, bytesAtMost = 0, manifests, mode }: DeletionPlan): string {
  if (!manifests.some((manifest) => goes(manifest, mode)))
    return 'No space becomes free: the images stay under their other tags.'
  const freed = (size: number) => `${formatBytes(size)} (compressed) will no longer be used by any tag here`
  if (bytes > 0) return `${partial ? 'At least ' : ''}${freed(bytes)}.`
  if (bytesAtMost > 0)
    return `At most ${freed(bytesAtMost)}: some of what stays could not be read, and may still use it.`
  return partial
    ? 'How much space becomes free is not known: not everything here could be read.'
    : 'Hardly any space becomes free: other tags use the same layers.'
}

/** What could not be asked, and what is named all the same. */
const REFERRERS: Readonly<Record<NonNullable<DeletionPlan['referrersUnknown']>, string>> = {
  none: 'Referrers could not be checked: this registry does not list them. Only those under cosign’s and fallback tags are listed.',
  refused:
    'Referrers could not be checked: the registry does not let this account list them. Only those under cosign’s and fallback tags are listed.',
  failed:
    'Referrers could not be checked: the registry did not answer with a list of them. Only those under cosign’s and fallback tags are listed.',
}

/** The plan in sentences, the gravest first. */
export function Consequences({ plan, repository }: { plan: DeletionPlan; repository: Repository }) {
  const { mode, manifests, broken, gone, referrersUnknown } = plan
  const { others, losing, empties } = countsOf(plan)
  const images = manifests.filter((manifest) => manifest.others.length > 0).length === 1 ? 'image' : 'images'
  return (
    <>
      {mode === 'digest' && others > 0 && (
        <p className={styles.warning}>
          <b>{countOf(others, 'tag')} you did not ask for</b>{' '}
          {others === 1 ? 'goes too: it names' : 'go too: they name'} the same {images}, and this registry
          deletes whole images, not single tags.
        </p>
      )}
      {losing > 0 && (
        <p className={styles.warning}>
          <b>
            {countOf(losing, 'tag')} that {losing === 1 ? 'stays loses' : 'stay lose'} a part
          </b>
          , such as the image for one platform: nobody can pull {losing === 1 ? 'it' : 'them'} for that one
          any more.
        </p>
      )}
      <ul className={styles.facts}>
        {mode === 'tag' && others > 0 && (
          <li>
            {countOf(others, 'other tag')} of the same {images} {others === 1 ? 'stays' : 'stay'}.
          </li>
        )}
        {manifests.length > 0 && <li>{bytesInWords(plan)}</li>}
        {referrersUnknown !== undefined && <li>{REFERRERS[referrersUnknown]}</li>}
        {empties && <li>{repository} has no tags left afterwards.</li>}
        {mode === 'digest' && broken.length > 0 && (
          <li>
            {broken.slice(0, 5).join(', ')}
            {broken.length > 5 && ` and ${(broken.length - 5).toLocaleString('en')} more`} cannot be deleted:
            a tag without a manifest has no digest to delete it by, and this registry takes nothing else.
          </li>
        )}
        {gone.length > 0 && (
          <li>
            {gone.length === 1
              ? `${gone[0]} is no longer there.`
              : `${countOf(gone.length, 'tag')} are no longer there.`}
          </li>
        )}
      </ul>
    </>
  )
}
