import { Counter, type Registry } from 'prom-client';

/** What this process' edge has counted since its start. Sources are names of write keys, the other labels closed lists. */
export const edgeMetrics = (registry: Registry) => ({
  refusedCalls: new Counter({
    name: 'hito_calls_refused_total',
    help: 'Calls and whole bodies that the edge refused, by write key name and reason',
    labelNames: ['source', 'reason'],
    registers: [registry],
  }),
  sharedIds: new Counter({
    name: 'hito_shared_ids_total',
    help: 'User ids seen on one day with more anonymous ids or addresses than ids.shared of the playbook allows',
    labelNames: ['source', 'what'],
    registers: [registry],
  }),
});
