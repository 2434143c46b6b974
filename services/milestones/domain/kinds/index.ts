import type { MilestoneRule } from '#playbook';
import { anniversary } from './anniversary.ts';
import { count } from './count.ts';
import type { ByEvent, ByTime, Kind } from './kind.ts';
import { sum } from './sum.ts';

export type { ByEvent, ByTime, Due } from './kind.ts';

/** To add a kind: its file, its line here, its test (and its entry in the playbook's schema). */
const kinds: readonly Kind[] = [anniversary, count, sum];

/** The meaning of a playbook entry. Throws where no kind knows it. */
export function meaningOf(rule: MilestoneRule): ByEvent | ByTime {
  for (const kind of kinds) {
    const meaning = kind(rule);
    if (meaning !== undefined) return meaning;
  }
  throw new Error(
    `Milestone ${rule.id}: no kind "${rule.kind}" is built in; add it to services/milestones/domain/kinds/index.ts.`,
  );
}
