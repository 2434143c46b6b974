import { Counter, type Registry } from 'prom-client';
import { purposes } from './claim.ts';
import { linkRefusals } from './token.ts';

/** Links that this process has refused since its start. */
export function refusedLinks(registry: Registry) {
  const counter = new Counter({
    name: 'hito_links_refused_total',
    help: 'Links of mails that were not followed: altered or cut, too old, of an unknown key, made for another purpose',
    labelNames: ['purpose', 'reason'],
    registers: [registry],
  });
  for (const purpose of purposes) for (const reason of linkRefusals) counter.inc({ purpose, reason }, 0);
  return counter;
}

/** Hits that this process could not write since its start. */
export function lostHits(registry: Registry) {
  const counter = new Counter({
    name: 'hito_hits_lost_total',
    help: 'Opens and clicks that could not be written to the broker',
    labelNames: ['kind'],
    registers: [registry],
  });
  for (const kind of ['open', 'click']) counter.inc({ kind }, 0);
  return counter;
}
