import type { Tag } from '../../../shared/oci/reference.ts'
import controls from '../../components/controls.module.css'
import { useAskDeletion } from '../deletion/index.ts'
import styles from './image.module.css'

/** The way to delete what is open: at the foot of its page, far from what people come for. */
export function DeleteTag({ tag }: { tag: Tag }) {
  const ask = useAskDeletion()
  if (ask === undefined) return null
  return (
    <div className={styles.danger}>
      <button type="button" className={controls.plain} onClick={() => ask([tag])}>
        Delete {tag}…
      </button>
      <span>Shows first what goes with it.</span>
    </div>
  )
}
