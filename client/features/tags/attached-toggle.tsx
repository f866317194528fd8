import controls from '../../components/controls.module.css'
import { countOf } from '../../lib/format.ts'
import { usePageAction } from '../../lib/page-actions.ts'

/** Signatures and their like: counted, and folded away until wanted. */
export function AttachedToggle({
  count,
  unfolded,
  onChange,
}: {
  count: number
  unfolded: boolean
  onChange: (unfolded: boolean) => void
}) {
  usePageAction(count === 0 ? undefined : `${unfolded ? 'Fold' : 'Show'} the tags of signatures`, () =>
    onChange(!unfolded),
  )
  if (count === 0) return null
  return (
    <>
      {' · '}
      <button
        type="button"
        className={controls.inText}
        aria-pressed={unfolded}
        title="Tags of signatures, attestations and SBOMs, which belong to another image"
        onClick={() => onChange(!unfolded)}
      >
        {countOf(count, 'signature')} {unfolded ? 'shown' : 'folded'}
      </button>
    </>
  )
}
