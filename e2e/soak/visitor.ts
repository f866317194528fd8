// A person who logs in, looks around and logs out, again and again, in no hurry and with no second tries.

import { createHash } from 'node:crypto'
import { parseSummaryLine } from '../../shared/api/summaries.ts'
import { parseErrorEnvelope, reasonOf } from '../../shared/errors.ts'
import { ACCEPT_MANIFESTS } from '../../shared/oci/media-types.ts'
import { type Count, countFailure, type Tally } from './tally.ts'

const PATIENCE_MS = 60_000
/** What a registry that fails may make of an answer. */
const EXCUSED = new Set(['registry_down', 'token_server_down', 'timeout', 'bad_answer'])
/** Repositories of the sample that hold nothing odd. */
const REPOSITORIES = /^(?:payments|base|public)\//

const think = () => new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 1600))
const anyOf = <T>(list: readonly T[]): T | undefined => list[Math.floor(Math.random() * list.length)]

/** Counts an error as a failure of the registry, if that may look so. @param entry  the first of its envelope. */
function judge(tally: Tally, count: Count, what: string, entry: unknown): void {
  const [error] = parseErrorEnvelope({ errors: [entry] })?.errors ?? []
  const reason = reasonOf(error)
  if (error?.code === 'UNAVAILABLE' && reason !== undefined && EXCUSED.has(reason))
    countFailure(count, reason)
  else tally.unexpected.push(`${what}: ${JSON.stringify(entry)?.slice(0, 200)}`)
}

/** @param number  two have one account (faulty-registry-main.ts), and each an address of its own (X-Forwarded-For). */
export function createVisitor(origin: string, number: number, tally: Tally) {
  const name = `person-${Math.floor(number / 2)}`
  const account = { username: name, password: name }
  const address = `10.1.${Math.floor(number / 250)}.${(number % 250) + 1}`
  let cookie = ''

  /** The body of a 200, or undefined after any failure, which is counted. */
  async function ask(method: string, path: string, body?: object): Promise<Buffer | undefined> {
    tally.answers.total++
    const what = `${method} ${path}`
    try {
      const headers = {
        cookie,
        'x-forwarded-for': address,
        accept: ACCEPT_MANIFESTS,
        ...(body && { 'content-type': 'application/json' }),
      }
      const signal = AbortSignal.timeout(PATIENCE_MS)
      const answer = await fetch(origin + path, {
        method,
        headers,
        signal,
        ...(body && { body: JSON.stringify(body) }),
      })
      const [set] = answer.headers.getSetCookie()
      if (set !== undefined) cookie = set.slice(0, set.indexOf(';'))
      const bytes = Buffer.from(await answer.arrayBuffer())
      if (answer.status === 200) return bytes
      judge(tally, tally.answers, what, JSON.parse(bytes.toString()).errors?.[0])
    } catch (error) {
      // a body that breaks off is how a failing registry looks once its header has passed
      if (error instanceof TypeError && error.message === 'terminated')
        countFailure(tally.answers, 'broken off')
      else tally.unexpected.push(`${what}: ${error} ${error instanceof Error ? error.cause : ''}`)
    }
    return undefined
  }

  async function read(path: string): Promise<unknown> {
    const bytes = await ask('GET', path)
    return bytes && JSON.parse(bytes.toString())
  }

  /** What a digest names, and nothing else. */
  async function readExactly(repository: string, kind: 'manifests' | 'blobs', digest: string) {
    const bytes = await ask('GET', `/v2/${repository}/${kind}/${digest}`)
    if (bytes !== undefined && `sha256:${createHash('sha256').update(bytes).digest('hex')}` !== digest)
      tally.unexpected.push(`${repository} ${kind}: wrong bytes for ${digest}`)
    return bytes
  }

  async function readSummaries(repository: string, tags: readonly string[]): Promise<void> {
    const bytes = await ask('POST', `/api/repositories/${repository}/summaries`, { tags })
    const lines = bytes?.toString().split('\n').slice(0, -1) ?? []
    if (bytes !== undefined && lines.length !== tags.length)
      tally.unexpected.push(`${repository}: ${lines.length} rows of ${tags.length}`)
    for (const line of lines) {
      tally.rows.total++
      const row = parseSummaryLine(line)
      if (row === undefined || 'error' in row)
        judge(tally, tally.rows, `a row of ${repository}`, JSON.parse(line).error)
    }
  }

  async function readImage(repository: string, tag: string): Promise<void> {
    type Parts = {
      manifests?: { digest: string }[]
      config?: { digest: string }
      layers?: { digest: string }[]
    }
    let manifest = (await read(`/v2/${repository}/manifests/${tag}`)) as Parts | undefined
    const [platform] = manifest?.manifests ?? []
    if (platform !== undefined) {
      const bytes = await readExactly(repository, 'manifests', platform.digest)
      manifest = bytes && (JSON.parse(bytes.toString()) as Parts)
    }
    await think()
    const layer = anyOf(manifest?.layers ?? [])
    for (const blob of [manifest?.config, layer])
      if (blob) await readExactly(repository, 'blobs', blob.digest)
  }

  async function look(): Promise<void> {
    const catalog = (await read('/v2/_catalog?n=1000')) as { repositories: string[] } | undefined
    await think()
    const repository = anyOf(catalog?.repositories.filter((name) => REPOSITORIES.test(name)) ?? [])
    if (repository === undefined) return
    const list = (await read(`/v2/${repository}/tags/list`)) as { tags: string[] | null } | undefined
    const tags = list?.tags?.filter((name) => !name.endsWith('-broken')).slice(0, 20) ?? []
    const tag = anyOf(tags)
    if (tag === undefined) return
    await readSummaries(repository, tags)
    await think()
    await readImage(repository, tag)
  }

  /** One visit. */
  return async function visit(): Promise<void> {
    if ((await ask('POST', '/api/session', account)) !== undefined) {
      await look()
      await think()
      await ask('DELETE', '/api/session')
    }
    await think()
  }
}
