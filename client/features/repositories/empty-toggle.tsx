import controls from '../../components/controls.module.css'

interface EmptyToggleProps {
  /** Repositories known to be without tags. */
  readonly count: number
  readonly hidden: boolean
  readonly onChange: (hidden: boolean) => void
}

/** Repositories without tags: counted once any is known, and left out when wanted. */
export function EmptyToggle({ count, hidden, onChange }: EmptyToggleProps) {
  if (count === 0 && !hidden) return null
  return (
    <>
      {' · '}
      <button
        type="button"
        className={controls.inText}
        aria-pressed={hidden}
        title={`${hidden ? 'Show' : 'Hide'} repositories without tags, as far as that is known`}
        onClick={() => onChange(!hidden)}
      >
        {count.toLocaleString('en')} {hidden ? 'hidden' : 'empty'}
      </button>
    </>
  )
}
