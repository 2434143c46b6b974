import { Counter, Histogram, type Registry } from 'prom-client';
import { bodyRefusals, callRefusals } from '../domain/refusals.ts';

/** The source of a call whose write key is missing or unknown. */
const nameless = 'unknown';
const answers = ['200', '400', '401', '408', '429', '500'];

/**
 * What this process' edge has counted since its start. Sources are names of write keys, the other labels closed lists. Every series is
 * there from 0 on: Prometheus sees no rise of one that begins at 3.
 */
export function edgeMetrics(registry: Registry, sources: Iterable<string> = []) {
  const metrics = countersOf(registry);
  for (const status of answers) metrics.requests.zero({ status });
  for (const source of new Set([...sources, nameless])) {
    for (const reason of [...callRefusals, ...bodyRefusals]) {
      metrics.refusedCalls.inc({ source, reason }, 0);
      metrics.lostWithdrawals.inc({ source, reason }, 0);
    }
    for (const reason of bodyRefusals) metrics.letterlessBodies.inc({ source, reason }, 0);
  }
  return metrics;
}

const countersOf = (registry: Registry) => ({
  refusedCalls: new Counter({
    name: 'hito_calls_refused_total',
    help: 'Calls and whole bodies that the edge refused, by write key name and reason',
    labelNames: ['source', 'reason'],
    registers: [registry],
  }),
  requests: new Histogram({
    name: 'hito_request_seconds',
    help: 'How long the edge took to answer, by status: 200 taken, 429 to be repeated, 500 our fault, the others of the caller',
    labelNames: ['status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  }),
  lostWithdrawals: new Counter({
    name: 'hito_withdrawals_unheard_total',
    help: 'Refused calls and bodies that withdraw a consent, where no id can be read, by write key name and reason of the refusal',
    labelNames: ['source', 'reason'],
    registers: [registry],
  }),
  letterlessBodies: new Counter({
    name: 'hito_refused_bodies_unkept_total',
    help: 'Refused bodies without a dead letter, since their source had as many in a minute as it may',
    labelNames: ['source', 'reason'],
    registers: [registry],
  }),
});
