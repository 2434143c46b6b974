import { contracts, type Contract } from '#contracts';
import { Refusal } from './explain.ts';

/** The contract that somebody means by `events`, `events.v1` or `hito.events.v1`; of several versions the newest. */
export function contractOf(name: string, prefix: string): Contract {
  const bare = name.startsWith(`${prefix}.`) ? name.slice(prefix.length + 1) : name;
  const meant = contracts.findLast((contract) => contract.name === bare || contract.name.replace(/\.v\d+$/, '') === bare);
  if (meant === undefined)
    throw new Refusal(`There is no topic ${name}. There are: ${contracts.map((contract) => contract.name).join(', ')}.`);
  return meant;
}
