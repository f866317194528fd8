import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { copyText } from '../lib/clipboard.ts'
import controls from './controls.module.css'

const SHOWN_MS = 1500

/** Copies `text` and says so. `label` names what is copied, for those who cannot see it. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle')
  useEffect(() => {
    if (state === 'idle') return
    const timer = setTimeout(() => setState('idle'), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [state])
  const said = {
    idle: '',
    copied: 'Copied',
    failed: 'Copying is not possible here: select the text instead',
  }[state]
  return (
    <>
      <button
        type="button"
        className={controls.icon}
        aria-label={`Copy ${label}`}
        title={said || `Copy ${label}`}
        onClick={() => void copyText(text).then((done) => setState(done ? 'copied' : 'failed'))}
      >
        {state === 'copied' ? <Check size={15} aria-hidden /> : <Copy size={15} aria-hidden />}
      </button>
      <span role="status" className="visually-hidden">
        {said}
      </span>
    </>
  )
}
