import { claimedInstant } from '#facts';
import type { SourceRule } from '#playbook';
import { collect, type Fit } from '../collect.ts';
import type { CallRefusal } from '../refusals.ts';
import { rescued } from '../withdrawals.ts';
import type { Mapping, Wanted } from './mapping.ts';
import type { SourceRecord } from './record.ts';

/** Why a record of a source becomes a dead letter: as a call is refused, or as only a record can be. */
export type RecordRefusal = CallRefusal | 'unreadable' | 'unmapped' | 'bug';

/** An event for `collected`, or why there is none. What a refused record withdraws goes on without it, as with a call of the edge. */
export type RecordVerdict =
  | ({ readonly accepted: true } & Fit)
  | {
      readonly accepted: false;
      readonly kind: RecordRefusal;
      readonly reason: string;
      readonly withdrawal?: Fit;
      readonly unheard?: true;
    };

/** How a record is judged: by its source, when it was read (epoch ms), and the ids that stand for nobody (see `collect`). */
export interface Judging {
  readonly source: Pick<SourceRule, 'name'>;
  readonly mapping: Mapping;
  readonly wanted: Wanted;
  readonly arrivedAt: number;
  readonly nobody: ReadonlySet<string>;
  /** How often the topic was made anew. */
  readonly generation?: number;
}

/** Makes an event of a decoded record, by the same checks as a call that an SDK sends. */
export function judged(
  record: SourceRecord,
  { source, mapping, wanted, arrivedAt, nobody, generation }: Judging,
): RecordVerdict | { readonly accepted: 'passed' } {
  const wants = wanted(record);
  if (wants === false) return { accepted: 'passed' };
  if (typeof wants === 'string') return { accepted: false, kind: 'unmapped', reason: `source ${source.name}: ${wants}` };
  const { item, problems: unmapped } = mapping(record, generation);
  const arrival = { source: source.name, arrivedAt };
  const problems = [...unmapped, ...tooLate(item['timestamp'], arrivedAt)];
  if (problems.length === 0) {
    const verdict = collect(item, arrival, nobody);
    return verdict.accepted ? verdict : { ...verdict, reason: `source ${source.name}: ${verdict.reason}` };
  }
  const reason = `source ${source.name}: ${problems.join('; ')}`;
  const withdrawal = rescued(item, arrival, nobody);
  if (withdrawal === undefined) return { accepted: false, kind: 'unmapped', reason };
  return withdrawal === 'unheard'
    ? { accepted: false, kind: 'unmapped', reason, unheard: true }
    : { accepted: false, kind: 'unmapped', reason: `${reason}; its withdrawal of consent is heard`, withdrawal };
}

/** How far ahead of ours the clock of a topic's writer may be, ms: a day, as some write local times. */
const farthestAheadMs = 24 * 3_600_000;

/** A time that cannot be, such as a database's 9999-12-31. As an SDK's call it were dated by its arrival: an old event seemed new. */
function tooLate(time: unknown, arrivedAt: number): string[] {
  const at = typeof time === 'string' || typeof time === 'number' ? claimedInstant(String(time)) : undefined;
  return at === undefined || at <= arrivedAt + farthestAheadMs
    ? []
    : [`its time is ${new Date(at).toISOString()}, more than a day ahead: nobody knows when it happened`];
}
