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
  sharedIds: new Counter({
    name: 'hito_shared_ids_total',
    help: 'User ids seen on one day with more anonymous ids or addresses than ids.shared of the playbook allows',
    labelNames: ['source', 'what'],
    registers: [registry],
  }),
});
