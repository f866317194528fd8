// What an operator may give the page of their own.

import type { Accent } from './accent.ts'
import type { Logo } from './logo.ts'

export interface Branding {
  readonly logo: Logo | undefined
  readonly accent: Accent | undefined
  /** A line of plain text on every page. */
  readonly notice: string | undefined
}
