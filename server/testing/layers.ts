// Real layers: small gzipped tar archives that come out the same at every start.

import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { digestOf } from './image-store.ts'

/** Path in the archive to its text or bytes; a path ending in `/` is a directory. */
export type LayerFiles = Readonly<Record<string, string | Buffer>>

export interface Layer {
  readonly gzip: Buffer
  /** Digest of the archive before compression, as configs list it. */
  readonly diffId: string
}

const BLOCK = 512
/** 2026-01-01, of every file: archives must not depend on the day they are built. */
const MODIFIED_SECONDS = 1_767_225_600

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, '0')}\0`
}

/** One header (POSIX.1-1988 ustar): 100 bytes of path, owned by root. */
function tarHeader(path: string, size: number): Buffer {
  const isDirectory = path.endsWith('/')
  const header = Buffer.alloc(BLOCK)
  header.write(path, 0, 100)
  header.write(octal(isDirectory ? 0o755 : 0o644, 8), 100)
  header.write(octal(0, 8), 108)
  header.write(octal(0, 8), 116)
  header.write(octal(size, 12), 124)
  header.write(octal(MODIFIED_SECONDS, 12), 136)
  // the checksum counts its own field as spaces
  header.write(' '.repeat(8), 148)
  header.write(isDirectory ? '5' : '0', 156)
  header.write('ustar\u000000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** Writes an uncompressed tar archive. */
export function writeTar(files: LayerFiles): Buffer {
  const entries = Object.entries(files).flatMap(([path, content]) => {
    const bytes = Buffer.from(content)
    return [tarHeader(path, bytes.length), bytes, Buffer.alloc(-bytes.length & (BLOCK - 1))]
  })
  return Buffer.concat([...entries, Buffer.alloc(2 * BLOCK)])
}

/** A layer of these files. */
export function createLayer(files: LayerFiles): Layer {
  const tar = writeTar(files)
  return { gzip: gzipSync(tar), diffId: digestOf(tar) }
}

/** Bytes that do not compress and depend on nothing but the seed: what gives a layer its size. */
export function noise(seed: string, bytes: number): Buffer {
  return createHash('shake256', { outputLength: bytes }).update(seed).digest()
}
