// Scripted faults: the one place where the demo's registry and token server are told to misbehave.
import { setTimeout as sleep } from 'node:timers/promises'
/** An empty script of faults, for one or several servers. */
export function createFaults() {
  const left = new Map()
  // search, unlike test, does not remember a place in patterns with the g flag
  const matches = ({ match }, request) =>
    typeof match === 'function' ? match(request) : request.url.search(match) !== -1
  return {
    add(rule) {
      // a copy, so that a rule added twice strikes twice
      const own = { ...rule }
      left.set(own, rule.times ?? Number.POSITIVE_INFINITY)
      return () => left.delete(own)
    },
    clear: () => left.clear(),
    take(request) {
      const struck = [...left].filter(([rule, times]) => times > 0 && matches(rule, request))
      for (const [rule, times] of struck) left.set(rule, times - 1)
      return struck.map(([rule]) => rule.fault)
    },
  }
}
/** Alters an answer; a body that streams is left alone where the whole of it would be needed. */
function alter(answer, fault) {
  const { body = '' } = answer
  if (fault.kind === 'headers') return { ...answer, headers: { ...answer.headers, ...fault.headers } }
  if (typeof body === 'function') return answer
  if (fault.kind === 'json') return { ...answer, body: JSON.stringify(fault.alter(JSON.parse(String(body)))) }
  if (fault.kind === 'truncate') return { ...answer, body: Buffer.from(body).subarray(0, fault.bytes) }
  return answer
}
/** The answer that stands in for the server's own; undefined if this fault brings none. */
function replacementOf(fault) {
  if (fault.kind === 'answer') return fault
  if (fault.kind === 'redirect') return { status: fault.status ?? 307, headers: { location: fault.location } }
  return undefined
}
/**
 * Works out what happens to a request.
 *
 * @param faults  as `take` gave them. Delays come first and add up; of several replacements the last counts.
 * @param ordinary  the server's own answer; called at most once, and not at all if a fault replaces it.
 * @param signal  ends a delay when the client leaves: then it rejects with AbortError.
 */
export async function deliveryOf(faults, ordinary, signal) {
  for (const fault of faults)
    if (fault.kind === 'delay') await sleep(fault.milliseconds, undefined, { signal })
  for (const fault of faults)
    if (fault.kind === 'silence' || fault.kind === 'disconnect' || fault.kind === 'raw') return fault
  const replacement = faults.map(replacementOf).findLast((answer) => answer !== undefined)
  const answer = faults.reduce(alter, replacement ?? (await ordinary()))
  const cut = faults.findLast((fault) => fault.kind === 'cut')
  return { kind: 'answer', answer, ...(cut && { cut }) }
}
