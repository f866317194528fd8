// Words as a POSIX shell would have to be given them.

/** Quotes one word so that a shell reads it as it is; plain words stay plain. */
function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** A list of words as one line that a shell takes apart into the same words. */
export function shellWords(words: readonly string[]): string {
  return words.map(shellWord).join(' ')
}
