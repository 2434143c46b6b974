import { Counter, Histogram, type Registry } from 'prom-client';

/** What this process' edge has counted since its start. Sources are names of write keys, the other labels closed lists. */
export const edgeMetrics = (registry: Registry) => ({
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
