// What a process takes of the machine's memory, as Linux tells it.

import { readFileSync, writeFileSync } from 'node:fs'

function field(pid: number, name: 'VmRSS' | 'VmHWM'): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  return (Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) * 1024) / 1e6
}

/** Resident memory now, in MB. */
export const residentMb = (pid: number) => field(pid, 'VmRSS')

/** The most that was resident since `forgetPeak`, in MB. */
export const peakMb = (pid: number) => field(pid, 'VmHWM')

/** @see man 5 proc, clear_refs: 5 sets the peak to what is resident now. */
export const forgetPeak = (pid: number) => writeFileSync(`/proc/${pid}/clear_refs`, '5')
