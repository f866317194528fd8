// What Gantry counts, for Prometheus. No label ever holds what a person, a repository or a token is called.

import type { FastifyPluginAsync } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { GatewayError } from '../errors.ts'
import type { RegistryObserver } from '../registry/observer.ts'
import type { RegistryState } from './health.ts'

/** What is asked for its value when somebody looks. */
export interface MetricsSources {
  readonly version: string
  /** Rejects if the store is away; undefined where it does not count. */
  readonly sessions: () => Promise<number | undefined>
  readonly summaryStreams: () => number
  readonly registryState: () => RegistryState
}

export interface Metrics {
  readonly observer: RegistryObserver
  /** One request of a browser is over. @param status  `2xx` …, or `cut` if the answer broke off. */
  answered(labels: { method: string; route: string; status: string }, seconds: number): void
  /** Somebody was told, or will be, that something failed. Only UNAVAILABLE counts. */
  failed(failure: GatewayError): void
  /** In the text format of Prometheus. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>
}

/** From a cached answer to a download. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

function createCounts(registers: Registry[]) {
  return {
    requests: new Histogram({
      name: 'gantry_http_request_duration_seconds',
      help: 'Responses by route, from the request to the last byte. cut: the response broke off.',
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
      help: 'Tokens needed: cached (hit), fetched (miss), or already being fetched for another request (shared).',
      labelNames: ['result'],
      registers,
    }),
    fetches: new Gauge({
      name: 'gantry_token_fetches_in_flight',
      help: 'Tokens being fetched, including those that wait for the limiter.',
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
    help: 'Sessions in the store. Absent while the store does not count them.',
    registers,
    async collect() {
      const count = await sources.sessions().catch(() => undefined)
      if (count === undefined) this.remove()
      else this.set(count)
    },
  })
  new Gauge({
    name: 'gantry_summary_streams',
    help: 'Open streams of summaries.',
    registers,
    collect() {
      this.set(sources.summaryStreams())
    },
  })
  new Gauge({
    name: 'gantry_registry_reachable',
    help: '1 if the registry responded to the last ping, 0 if not. Absent until the first.',
    registers,
    collect() {
      const state = sources.registryState()
      if (state === 'unknown') this.remove()
      else this.set(state === 'reachable' ? 1 : 0)
    },
  })
  new Gauge({
    name: 'gantry_info',
    help: 'The version, as a label.',
    labelNames: ['version'],
    registers,
  }).set({ version: sources.version }, 1)
}

/** In a registry of its own: nothing else in this process can add to it. */
export function createMetrics(sources: MetricsSources): Metrics {
  const register = new Registry()
  const { requests, exchanges, lookups, fetches, failures } = createCounts([register])
  addGauges([register], sources)
  let watchesProcess = false

  return {
    observer: {
      // the label's value is older than the name
      exchanged: (kind, outcome, seconds) =>
        exchanges.observe({ kind: kind === 'ping' ? 'greeting' : kind, outcome }, seconds),
      tokenLookup: (result) => lookups.inc({ result }),
      tokenFetches: (change) => fetches.inc(change),
    },
    answered: (labels, seconds) => requests.observe(labels, seconds),
    failed({ code, reason, statusCode }) {
      if (code === 'UNAVAILABLE')
        failures.inc({ reason: reason ?? (statusCode === 500 ? 'internal' : 'other') })
    },
    async render() {
      // from the first look on: it listens to the garbage collector, which nobody has to pay for who never looks
      if (!watchesProcess) collectDefaultMetrics({ register })
      watchesProcess = true
      return { contentType: register.contentType, text: await register.metrics() }
    },
  }
}

/** Like the probes it is asked by address, never by the name that `PUBLIC_URL` gives; unlike them it has a password where the page has one. */
export const metricsRoute: FastifyPluginAsync<{ readonly metrics: Metrics }> = async (app, { metrics }) => {
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await metrics.render()
    return reply.header('cache-control', 'no-store').type(contentType).send(text)
  })
}
