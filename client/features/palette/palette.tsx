import { Box, CornerDownLeft, History, Search, Tag } from 'lucide-react'
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useMemo, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { Dialog } from '../../components/dialog.tsx'
import { MiddleCut } from '../../components/middle-cut.tsx'
import { countOf } from '../../lib/format.ts'
import { Keys } from './keys.tsx'
import styles from './palette.module.css'
import { type Entry, type PaletteSource, sectionsFor } from './sections.ts'

const ICONS = { reference: Tag, repository: Box, recent: History, action: CornerDownLeft }
const PAGE = 10

/** Where a key leads in a list of `count` lines; undefined for keys of the field. Up and down go round. */
function moveTo(key: string, at: number, count: number): number | undefined {
  if (count === 0) return undefined
  switch (key) {
    case 'ArrowDown':
      return (at + 1) % count
    case 'ArrowUp':
      return (at - 1 + count) % count
    case 'Home':
      return 0
    case 'End':
      return count - 1
    case 'PageDown':
      return Math.min(at + PAGE, count - 1)
    case 'PageUp':
      return Math.max(at - PAGE, 0)
  }
  return undefined
}

interface OptionProps {
  readonly entry: Entry
  readonly id: string
  readonly isActive: boolean
  readonly onHover: () => void
  readonly onChoose: () => void
}

function Option({ entry: { kind, label, keys }, id, isActive, onHover, onChoose }: OptionProps) {
  const row = useRef<HTMLDivElement>(null)
  const Icon = ICONS[kind]
  useEffect(() => {
    if (isActive) row.current?.scrollIntoView({ block: 'nearest' })
  }, [isActive])
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus (aria-activedescendant)
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
    <div
      ref={row}
      id={id}
      role="option"
      aria-selected={isActive}
      className={styles.option}
      data-kind={kind}
      title={label}
      onPointerMove={onHover}
      onClick={onChoose}
    >
      <Icon size={15} aria-hidden />
      <span>{kind === 'action' ? label : <MiddleCut text={label} />}</span>
      {keys !== undefined && <Keys keys={keys} />}
    </div>
  )
}

interface PaletteProps {
  readonly source: PaletteSource
  readonly onClose: () => void
}

/** Goes anywhere and does anything by name. The combobox pattern of the ARIA Authoring Practices, over the page. */
export function Palette({ source, onClose }: PaletteProps) {
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const id = useId()
  // a letter is shown before very many names are searched for it
  const searched = useDeferredValue(text)
  const sections = useMemo(() => sectionsFor(searched, source), [searched, source])
  const entries = sections.flatMap((section) => section.entries)
  const active = Math.min(chosen, entries.length - 1)
  // the focus goes back first: what runs may take it elsewhere
  const choose = (entry: Entry | undefined) => {
    if (entry === undefined) return
    flushSync(onClose)
    entry.run()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    const next = moveTo(event.key, active, entries.length)
    if (next === undefined && event.key !== 'Enter') return
    event.preventDefault()
    if (next !== undefined) return setChosen(next)
    // what is typed counts, not what was shown for less of it
    choose(searched === text ? entries[active] : sectionsFor(text, source)[0]?.entries[0])
  }
  return (
    <Dialog label="Go to" closesBeside onClose={onClose}>
      <div className={styles.field}>
        <Search size={16} aria-hidden />
        <input
          role="combobox"
          aria-label="A repository, an image reference or an action"
          aria-expanded={entries.length > 0}
          aria-controls={`${id}list`}
          aria-activedescendant={entries.length > 0 ? `${id}${active}` : undefined}
          aria-autocomplete="list"
          placeholder="Repository, image reference or action"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={text}
          onChange={({ target }) => {
            setText(target.value)
            setChosen(0)
          }}
          onKeyDown={onKeyDown}
        />
        <kbd aria-hidden>esc</kbd>
      </div>
      <p role="status" className={entries.length > 0 ? 'visually-hidden' : styles.none}>
        {entries.length === 0
          ? 'Nothing here has this name, and it is no image reference of this registry.'
          : countOf(entries.length, 'result')}
      </p>
      <div
        id={`${id}list`}
        role="listbox"
        aria-label="Results"
        className={styles.list}
        hidden={entries.length === 0}
      >
        {sections.map((section) => (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset is no part of a listbox
          <div key={section.title} role="group" aria-label={section.title}>
            <p aria-hidden className={styles.title}>
              {section.title}
            </p>
            {section.entries.map((entry) => {
              const index = entries.indexOf(entry)
              return (
                <Option
                  key={`${entry.kind} ${entry.label}`}
                  entry={entry}
                  id={`${id}${index}`}
                  isActive={index === active}
                  onHover={() => setChosen(index)}
                  onChoose={() => choose(entry)}
                />
              )
            })}
          </div>
        ))}
      </div>
    </Dialog>
  )
}
