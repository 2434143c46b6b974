import { Counter, type Registry } from 'prom-client';

/** Links that this process has refused since its start. */
export const refusedLinks = (registry: Registry) =>
  new Counter({
    name: 'hito_links_refused_total',
    help: 'Links of mails that were not followed: altered or cut, too old, of an unknown key, made for another purpose',
    labelNames: ['purpose', 'reason'],
    registers: [registry],
  });

/** Hits that this process could not write since its start. */
export const lostHits = (registry: Registry) =>
  new Counter({
    name: 'hito_hits_lost_total',
    help: 'Opens and clicks that could not be written to the broker',
    labelNames: ['kind'],
    registers: [registry],
  });
