// Copying, also on plain http, where browsers hide navigator.clipboard.

function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.setAttribute('readonly', '')
  area.className = 'visually-hidden'
  const focused = document.activeElement
  // whatever lies outside of a dialog cannot have the focus while that is open
  const place = [...document.querySelectorAll('dialog:modal')].at(-1) ?? document.body
  place.append(area)
  area.select()
  try {
    return document.execCommand('copy')
  } catch {
    return false
  } finally {
    area.remove()
    if (focused instanceof HTMLElement) focused.focus()
  }
}

/** Puts text into the clipboard; false if the browser does not let us. Never throws. */
export async function copyText(text: string): Promise<boolean> {
  try {
    // absent on plain http, whatever the types say
    await (navigator.clipboard as Clipboard | undefined)?.writeText(text)
    if (navigator.clipboard !== undefined) return true
  } catch {
    // refused: the old way may still work
  }
  return copyBySelection(text)
}
