// What documents made to be too much cost: memory of the server, and the time that the parsers of both sides take.

import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { layoutJson } from '../../shared/json-layout.ts'
import { dockerfileLines, parseBuildCommand } from '../../shared/oci/build-step.ts'
import { nextLink } from '../../shared/oci/link-header.ts'
import { OCI_MANIFEST } from '../../shared/oci/media-types.ts'
import { parsePastedReference, parseReference } from '../../shared/oci/reference.ts'
import { maskAssignments } from '../../shared/oci/secrets.ts'
import { sortTags } from '../../shared/version-order.ts'
import { type HostileRegistry, startHostileRegistry } from './hostile-registry.ts'
import { inPlace, type Server } from './place.ts'
import { forgetPeak, peakMb, residentMb } from './process-memory.ts'
import type { Bench, Row } from './report.ts'

const MIB = 1024 * 1024
const REPOSITORY = 'team/app'
const JSON_HEADERS = { 'content-type': OCI_MANIFEST }
/** A little less than is read of a manifest: 4 MiB. */
const DOCUMENT_BYTES = 4 * MIB - 64
/** Node 26 lets more of a stream lie before it is collected. */
const STREAM_MB = Number.parseInt(process.versions.node, 10) < 26 ? 50 : 64

const DOCUMENTS: readonly ((bytes: number) => string)[] = [
  (bytes) => '['.repeat(bytes / 2) + ']'.repeat(bytes / 2),
  (bytes) => `{"a":${'['.repeat(bytes - 5)}`,
  (bytes) => `${'{"a":'.repeat(bytes / 6)}1${'}'.repeat(bytes / 6)}`,
  (bytes) => `{"a":[${'{},'.repeat(bytes / 3 - 4)}{}]}`,
  (bytes) => `{${'"a":1,'.repeat(bytes / 6 - 4)}"schemaVersion":2}`,
  (bytes) => `{${Array.from({ length: bytes / 13 }, (_, i) => `"k${i}":1`)}}`,
]

/** The most that something adds to the server's resident memory, in MB. */
async function growthOf({ program: { pid } }: Server, run: () => Promise<unknown>): Promise<number> {
  const before = residentMb(pid)
  forgetPeak(pid)
  await run()
  return peakMb(pid) - before
}

async function summarize({ origin }: Server): Promise<void> {
  const response = await fetch(`${origin}/api/repositories/${REPOSITORY}/summaries`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"tags":["1.0"]}',
  })
  await response.text()
}

async function documents(gantry: Server, registry: HostileRegistry): Promise<Row> {
  const serve = (text: string) => {
    const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`
    registry.respond = (_request, response) =>
      response.writeHead(200, { ...JSON_HEADERS, 'docker-content-digest': digest }).end(text)
  }
  // what the first document of that length costs, hostile or not, is not what is measured
  serve(`{"a":"${'x'.repeat(DOCUMENT_BYTES - 8)}"}`)
  await summarize(gantry)
  const growths: number[] = []
  for (const make of DOCUMENTS) {
    serve(make(DOCUMENT_BYTES))
    growths.push(await growthOf(gantry, () => summarize(gantry)))
  }
  return {
    what: `resident memory that one hostile manifest of 4 MiB adds, the worst of ${DOCUMENTS.length}`,
    unit: 'MB',
    value: Math.max(...growths),
    goal: { of: 'value', atMost: 50 },
  }
}

/** A GiB of JSON that is one string, as fast as it is read. */
async function streams(gantry: Server, registry: HostileRegistry): Promise<Row> {
  const chunk = Buffer.alloc(64 * 1024, 'x')
  async function* body() {
    yield '{"repositories":["'
    for (let sent = 0; sent < 1024 * MIB; sent += chunk.length) yield chunk
    yield '"]}'
  }
  registry.respond = (_request, response) => {
    response.writeHead(200, JSON_HEADERS)
    // Gantry leaves before the end
    pipeline(body, response).catch(() => {})
  }
  const growths: number[] = []
  for (const path of ['tags/list', 'manifests/1.0'])
    growths.push(
      await growthOf(gantry, () =>
        fetch(`${gantry.origin}/v2/${REPOSITORY}/${path}`)
          .then((response) => response.arrayBuffer())
          .catch(() => undefined),
      ),
    )
  growths.push(await growthOf(gantry, () => summarize(gantry)))
  return {
    what: 'resident memory that 1 GiB in place of a list or a manifest adds, the worst of 3',
    unit: 'MB',
    value: Math.max(...growths),
    goal: { of: 'value', atMost: STREAM_MB },
  }
}

function tags(make: (i: number) => string): string[] {
  return Array.from({ length: 20_000 }, (_, i) => make((i * 7919) % 20_000))
}

/** The hostile texts of the unit tests; milliseconds, on a machine that may be busy with other things. */
const TEXTS: readonly { what: string; atMost: number; run(): unknown }[] = [
  {
    what: 'JSON of 4 MiB laid out, 6 times',
    atMost: 20_000,
    run() {
      for (const piece of ['[', '{"a":', '"', '\\', ' ', '1,'])
        layoutJson(piece.repeat(Math.floor((4 * MIB) / piece.length)))
    },
  },
  {
    what: 'build commands of up to 2 MB read, 55 times',
    atMost: 10_000,
    run() {
      const pieces = [
        ' && ',
        '|1 ',
        '/bin/sh -c ',
        ' /bin/sh -a',
        ' -a',
        '"',
        '\\"',
        '"" ',
        '\\',
        'map[',
        ' ',
      ]
      for (const piece of pieces)
        for (const instruction of ['RUN', 'RUN |1', 'CMD ["', 'CMD [', 'EXPOSE map['])
          dockerfileLines(parseBuildCommand(`${instruction} ${piece.repeat(200_000)}x]`))
    },
  },
  {
    what: 'settings of up to 2 MB masked, 18 times',
    atMost: 10_000,
    run() {
      for (const piece of ['a=', 'A="', 'a_', 'PASSWORD=\\"', '://:', '-']) {
        maskAssignments(piece.repeat(200_000))
        maskAssignments(`|1 ${piece.repeat(200_000)}`)
        maskAssignments(`A ${piece.repeat(200_000)}`, 'ENV')
      }
    },
  },
  {
    what: '20,000 tags with long suffixes sorted, 4 times',
    atMost: 10_000,
    run() {
      sortTags(tags((i) => `v1.${i}.0`))
      sortTags(tags((i) => `1-${'a1'.repeat(58)}${i}`))
      sortTags(tags((i) => `x${'a1'.repeat(58)}${i}`))
      sortTags(tags((i) => `${'1'.repeat(120)}${i}!`))
    },
  },
  {
    what: 'names and pastes of up to 400 kB read, 10 times',
    atMost: 1000,
    run() {
      for (const part of [' ', 'docker ', 'a ', 'https://', '/', 'x'])
        parsePastedReference(`docker ${part.repeat(50_000)}!`, 'registry.example')
      for (const text of [
        'a-'.repeat(50_000),
        `${'a_'.repeat(120)}!`,
        `${'-'.repeat(100_000)}a`,
        'a/'.repeat(50_000),
      ])
        parseReference(text)
    },
  },
  {
    what: 'Link fields of 8 KiB read, 8 times',
    atMost: 500,
    run() {
      for (const piece of ['<', ';', '"', '<a>;', '<a>; rel="', '\\"', ' ', ',<>'])
        nextLink(piece.repeat(Math.floor(8192 / piece.length)))
    },
  },
]

function texts(): Row[] {
  return TEXTS.map(({ what, atMost, run }) => {
    const began = performance.now()
    run()
    return {
      what: `hostile: ${what}`,
      unit: 'ms',
      value: performance.now() - began,
      goal: { of: 'value', atMost },
    }
  })
}

export const hostile: Bench = {
  name: 'hostile',
  needs: [],
  run: () =>
    inPlace(async (place) => {
      const registry = await startHostileRegistry(place)
      const gantry = await place.gantry(registry.origin, { REGISTRY_AUTH_TYPE: 'none' })
      const first = await documents(gantry, registry)
      await sleep(2000)
      return [first, await streams(gantry, registry), ...texts()]
    }),
}
