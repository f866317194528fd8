// What Gantry writes to its log.

import type { FastifyInstance } from 'fastify'
import pino from 'pino'

/** From now on, every line that the app logs from this level up goes here and nowhere else. */
export function captureLog(app: FastifyInstance, level: 'trace' | 'info' | 'warn'): string[] {
  const lines: string[] = []
  // the loggers of requests are children, which inherit level and stream
  app.log.level = level
  Object.assign(app.log, { [pino.symbols.streamSym]: { write: (line: string) => lines.push(line) } })
  return lines
}
