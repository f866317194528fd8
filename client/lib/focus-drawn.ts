/**
 * Gives the focus to what may not be drawn yet: at once if it is there, so that the very next key acts on it;
 * otherwise with the next frame, once its list has scrolled to it.
 *
 * @param find  looks for it in the document.
 */
export function focusDrawn(find: () => HTMLElement | null | undefined): void {
  const there = find()
  if (there) there.focus()
  else requestAnimationFrame(() => find()?.focus())
}
