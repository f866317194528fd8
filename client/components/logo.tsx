import { useState } from 'react'
import { brandLogo } from '../lib/branding.ts'
import styles from './logo.module.css'

/** The operator's logo, or where there is none, or it cannot be drawn, the gantry: decoration beside its name. */
export function Logo() {
  const [isBroken, setBroken] = useState(false)
  if (brandLogo !== undefined && !isBroken)
    return <img src={brandLogo} alt="" className={styles.logo} onError={() => setBroken(true)} />
  return (
    <svg width="22" height="22" viewBox="0 0 22 22" fill="none" aria-hidden="true">
      <path
        d="M2 4.5h18M4.5 4.5V20M17.5 4.5V20M2.5 20h4M15.5 20h4M4.5 8 8 4.5M17.5 8 14 4.5"
        stroke="currentColor"
        strokeWidth="1.7"
        strokeLinecap="round"
      />
      <path d="M11 4.5v5" stroke="currentColor" strokeWidth="1.5" />
      <rect x="7.8" y="9.5" width="6.4" height="5" rx="1" fill="var(--amber)" />
    </svg>
  )
}
