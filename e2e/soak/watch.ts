// A process watched through its own /metrics.

import { median } from '../bench/measure.ts'

export interface Sample {
  readonly sockets: number
  readonly heapMb: number
  readonly residentMb: number
}

function readSample(text: string): Sample {
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
  return {
    sockets: value('process_open_fds'),
    heapMb: value('nodejs_heap_size_used_bytes') / 1e6,
    residentMb: value('process_resident_memory_bytes') / 1e6,
  }
}

/** Undefined if it could not be asked just now. */
export async function takeSample(origin: string): Promise<Sample | undefined> {
  const answer = await fetch(`${origin}/metrics`)
  const text = await answer.text()
  return answer.ok ? readSample(text) : undefined
}

export interface Quarter {
  readonly sockets: number
  /** The median, and the least: what is left after the garbage is gone. */
  readonly heapMb: number
  readonly heapFloorMb: number
  readonly residentMb: number
}

/** @param samples  at least one. */
export function summarize(samples: readonly Sample[]): Quarter {
  const heaps = samples.map(({ heapMb }) => heapMb)
  return {
    sockets: median(samples.map(({ sockets }) => sockets)),
    heapMb: median(heaps),
    heapFloorMb: Math.min(...heaps),
    residentMb: median(samples.map(({ residentMb }) => residentMb)),
  }
}
