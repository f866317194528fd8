// Answers that come line by line.

import { badAnswer, type RequestOptions, send } from './http.ts'

const MAX_LINE = 1024 * 1024

/**
 * An answer in lines, each given as soon as it is there; empty ones are left out. What `onLine` throws ends the
 * request. Throws ApiError; AbortError when cancelled.
 *
 * @param options  `maxBytes` is the longest line that is read; 1 MiB if absent.
 */
export async function fetchLines(
  path: string,
  options: RequestOptions,
  onLine: (line: string) => void,
): Promise<void> {
  const { maxBytes = MAX_LINE } = options
  const { body } = await send(path, options)
  if (body === null) return
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  const brokeOff = (error: unknown): never => {
    if (options.signal.aborted) throw error
    throw badAnswer('The answer broke off before its end.')
  }
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(brokeOff)
      const lines = (value ?? '').split('\n')
      lines[0] = rest + lines[0]
      rest = done ? '' : (lines.pop() ?? '')
      for (const line of lines) if (line !== '') onLine(line)
      if (rest.length > maxBytes) throw badAnswer('The answer holds a line that is too long.')
      if (done) return
    }
  } catch (error) {
    void reader.cancel().catch(() => {})
    throw error
  }
}
