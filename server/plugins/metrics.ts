// Metrics for Prometheus. No label ever holds the name of a person, a repository or a token.

import type { FastifyPluginAsync } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { GatewayError } from '../errors.ts'
import type { RegistryObserver } from '../registry/observer.ts'
import type { RegistryState } from './health.ts'

/** Read at each scrape. */
export interface MetricsSources {
  /** Rejects if the store is unreachable; undefined if it does not count. */
  readonly sessions: () => Promise<number | undefined>
  readonly summaryStreams: () => number
  readonly registryState: () => RegistryState
}

/** From a cached response to a download. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

function createCounts(registers: Registry[]) {
  return {
    requests: new Histogram({
      name: 'gantry_http_request_duration_seconds',
      help: 'Responses by route, from the request to the last byte. cut: the response was incomplete.',
      labelNames: ['method', 'route', 'status'],
      buckets: SECONDS,
      registers,
    }),
    exchanges: new Histogram({
      name: 'gantry_upstream_request_duration_seconds',
      help: 'Requests to the registry by kind, and to the token server (token), until the header of the response.',
      labelNames: ['kind', 'outcome'],
      buckets: SECONDS,
      registers,
    }),
    lookups: new Counter({
      name: 'gantry_token_cache_lookups_total',
      help: 'Token lookups: cached (hit), fetched (miss), or joined a fetch in flight (shared).',
      labelNames: ['result'],
      registers,
    }),
    fetches: new Gauge({
      name: 'gantry_token_fetches_in_flight',
      help: 'Token fetches in flight or queued.',
      registers,
    }),
    failures: new Counter({
      name: 'gantry_failures_total',
      help: 'Responses that failed with UNAVAILABLE, by detail.reason; internal: a fault of Gantry.',
      labelNames: ['reason'],
      registers,
    }),
  }
}

function addGauges(registers: Registry[], sources: MetricsSources): void {
  new Gauge({
    name: 'gantry_sessions',
    help: 'Sessions in the store. Absent while the store is unavailable.',
    registers,
    async collect() {
      const count = await sources.sessions().catch(() => undefined)
      if (count === undefined) this.remove()
      else this.set(count)
    },
  })
  new Gauge({
    name: 'gantry_summary_streams',
    help: 'Summary streams open now.',
    registers,
    collect() {
      this.set(sources.summaryStreams())
    },
  })
  new Gauge({
    name: 'gantry_registry_reachable',
    help: '1 if the registry responded to the last ping, 0 if not. Absent before the first one.',
    registers,
    collect() {
      const state = sources.registryState()
      if (state === 'unknown') this.remove()
      else this.set(state === 'reachable' ? 1 : 0)
    },
  })
}

export class Metrics {
  /** Of our own, so that nothing else in this process can add to it. */
  readonly #register = new Registry()
  readonly #counts = createCounts([this.#register])
  #watchesProcess = false

  constructor(version: string) {
    new Gauge({
      name: 'gantry_info',
      help: 'The version, as a label.',
      labelNames: ['version'],
      registers: [this.#register],
    }).set({ version }, 1)
  }

  readonly observer: RegistryObserver = {
    // the label's value is older than the name
    exchanged: (kind, outcome, seconds) =>
      this.#counts.exchanges.observe({ kind: kind === 'ping' ? 'greeting' : kind, outcome }, seconds),
    tokenLookup: (result) => this.#counts.lookups.inc({ result }),
    tokenFetches: (change) => this.#counts.fetches.inc(change),
  }

  /** Adds gauges that are read at each scrape. */
  addGauges(sources: MetricsSources): void {
    addGauges([this.#register], sources)
  }

  /** A browser's request has ended. @param status  `2xx` …, or `cut` if the response was incomplete. */
  responded(labels: { method: string; route: string; status: string }, seconds: number): void {
    this.#counts.requests.observe(labels, seconds)
  }

  /** A failure has been or will be reported to the client. Only UNAVAILABLE counts. */
  failed({ code, reason, statusCode }: GatewayError): void {
    if (code !== 'UNAVAILABLE') return
    this.#counts.failures.inc({ reason: reason ?? (statusCode === 500 ? 'internal' : 'other') })
  }

  /** In Prometheus's text format. */
  async render(): Promise<{ readonly contentType: string; readonly text: string }> {
    // not before the first scrape: it observes the garbage collector, a cost only for those who use it
    if (!this.#watchesProcess) collectDefaultMetrics({ register: this.#register })
    this.#watchesProcess = true
    return { contentType: this.#register.contentType, text: await this.#register.metrics() }
  }
}

/** Requested by address rather than by the host of `PUBLIC_URL`, like the probes; behind the page's password, unlike them. */
export const metricsRoute: FastifyPluginAsync<{ readonly metrics: Metrics }> = async (app, { metrics }) => {
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await metrics.render()
    return reply.header('cache-control', 'no-store').type(contentType).send(text)
  })
}
