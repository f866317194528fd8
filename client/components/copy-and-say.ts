import { copyText } from '../lib/clipboard.ts'
import { sayBriefly } from './brief-note.tsx'

/** Copies by a key or from the palette, where no button can say that it was done. */
export async function copyAndSay(text: string): Promise<void> {
  sayBriefly((await copyText(text)) ? `Copied ${text}` : 'Copying is not possible here')
}
