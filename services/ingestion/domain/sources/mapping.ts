import { claimedInstant, cut, isMap, isNobody, oneLine, wellFormed } from '#facts';
import { expression, type Expression, type SourceRule, type Target } from '#playbook';
import { asObject } from '../fields.ts';
import { placeOf, type SourceRecord } from './record.ts';

/** A call of the Segment kind made of a record. Where something does not map: what of it does, and what is wrong. */
export interface Mapped {
  readonly item: Readonly<Record<string, unknown>>;
  readonly problems: readonly string[];
}

/** Maps a record. `generation`: how often its topic was made anew; ids go by place, and places repeat then. Never throws. */
export type Mapping = (record: SourceRecord, generation?: number) => Mapped;

/** Whether a source takes a record; a text says why that is not known. Never throws. */
export type Wanted = (record: SourceRecord) => boolean | string;

/** Compiles a source's `where`, once. Throws ConditionError where the playbook was not checked. */
export function wantedBy({ where }: Pick<SourceRule, 'where'>): Wanted {
  if (where === undefined) return () => true;
  const evaluate = expression(where, 'yes or no');
  return (record) => {
    const answer = evaluate(record as unknown as Readonly<Record<string, unknown>>);
    if ('value' in answer && typeof answer.value === 'boolean') return answer.value;
    const problem = 'value' in answer ? `gives ${quoted(answer.value)}` : `comes to no answer (${answer.failed})`;
    return `where is ${where}, which ${problem} and not true or false; record.value is ${quoted(record.value)}`;
  };
}

/** Which expressions there are, what each is for, and the field of a call that it fills. */
const fields = {
  person: { target: 'text', field: 'userId' },
  anonymous_id: { target: 'text', field: 'anonymousId' },
  previous_id: { target: 'text', field: 'previousId' },
  id: { target: 'text', field: 'messageId' },
  time: { target: 'time', field: 'timestamp' },
  type: { target: 'text', field: 'type' },
  name: { target: 'text', field: 'event' },
  properties: { target: 'map', field: 'properties' },
  traits: { target: 'map', field: 'traits' },
  context: { target: 'map', field: 'context' },
} as const satisfies Record<keyof SourceRule['map'], { readonly target: Target; readonly field: string }>;

interface Part {
  /** As it stands in the playbook: `properties.total`. */
  readonly place: string;
  readonly text: string;
  readonly target: Target;
  readonly evaluate: Expression;
  readonly put: (item: Record<string, unknown>, value: unknown) => void;
}

/** Compiles a source's mapping, once. Throws ConditionError where the playbook was not checked. */
export function mappingOf({ map }: Pick<SourceRule, 'map'>): Mapping {
  const parts = Object.entries(fields).flatMap(([place, { target, field }]) =>
    partsOf(place, target, field, map[place as keyof typeof fields]),
  );
  return (record, generation = 0) => {
    const facts = record as unknown as Readonly<Record<string, unknown>>;
    const item: Record<string, unknown> = {};
    const problems: string[] = [];
    for (const part of parts) {
      const answer = part.evaluate(facts);
      const problem = 'failed' in answer ? `comes to no answer (${answer.failed})` : unfit(part.target, answer.value);
      if (problem !== undefined)
        problems.push(`${part.place} is ${part.text}, which ${problem}; record.value is ${quoted(record.value)}`);
      else if ('value' in answer && answer.value !== undefined && answer.value !== null) part.put(item, answer.value);
    }
    complete(item, record, generation, problems, map.time !== undefined);
    return { item, problems };
  };
}

function partsOf(place: string, target: Target, field: string, given: SourceRule['map'][keyof SourceRule['map']]): Part[] {
  if (given === undefined) return [];
  if (typeof given === 'string')
    return [
      {
        place,
        text: given,
        target,
        evaluate: expression(given, target),
        put: (item, value) => {
          item[field] = value;
        },
      },
    ];
  return Object.entries(given).map(([key, text]) => ({
    place: `${place}.${key}`,
    text,
    target: 'anything',
    evaluate: expression(text, 'anything'),
    put: (item, value) => {
      item[field] = { ...(item[field] as object | undefined), [key]: value };
    },
  }));
}

/** Why a value is none for its place; nothing where it is. Whether an id or a name may be so is asked of every call, see `collect`. */
function unfit(target: Target, value: unknown): string | undefined {
  if (value === undefined || value === null || target === 'anything') return undefined;
  if (target === 'map') return isMap(asObject(value)) ? undefined : `gives ${quoted(value)} and not a map`;
  if (typeof value !== 'string' && typeof value !== 'number') return `gives ${quoted(value)} and not a text or a number`;
  if (target === 'time' && value !== '' && claimedInstant(String(value)) === undefined)
    return `gives ${quoted(value)} and not an instant (ISO 8601, or epoch ms)`;
  return undefined;
}

/** What the mapping leaves open: the type, the name's place, the id and the time. */
function complete(
  item: Record<string, unknown>,
  record: SourceRecord,
  generation: number,
  problems: string[],
  timed: boolean,
): void {
  item['type'] ??= 'track';
  if (item['type'] === 'page' || item['type'] === 'screen') {
    if (item['event'] !== undefined) item['name'] = item['event'];
    delete item['event'];
  }
  const id = item['messageId'] as string | number | undefined;
  if (id === undefined || isNobody(String(id)))
    item['messageId'] = generation === 0 ? placeOf(record) : `${placeOf(record)}#${String(generation)}`;
  if (item['timestamp'] !== undefined && item['timestamp'] !== '') return;
  // An old event that were dated by its arrival could lead to a mail.
  if (record.timestamp !== undefined && isMoment(record.timestamp)) item['timestamp'] = new Date(record.timestamp).toISOString();
  else if (problems.length === 0)
    problems.push(
      timed
        ? 'time gives nothing, and the record has no timestamp: nobody knows when it happened'
        : 'the record has no timestamp, and the mapping no time: nobody knows when it happened; map `time`',
    );
}

/** Brokers keep -1 where a writer gave no time, and any number that one gave. */
const isMoment = (ms: number): boolean => ms > 0 && ms < Date.UTC(10_000, 0, 1);

/** A value as a reason quotes it: short, and well-formed. */
function quoted(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'object' && value !== null ? shortJson(value) : JSON.stringify(value);
  return cut(oneLine(wellFormed(text)), 200);
}

/** As much of a value as is quoted, whatever its size: its first keys, two levels deep. */
function shortJson(value: object): string {
  const some = (part: unknown, depth: number): unknown => {
    if (typeof part === 'string') return cut(part, 200);
    if (typeof part !== 'object' || part === null) return part;
    if (depth === 2) return Array.isArray(part) ? ['…'] : { '…': true };
    if (Array.isArray(part)) return part.slice(0, 10).map((one) => some(one, depth + 1));
    const entries: [string, unknown][] = [];
    for (const key in part) {
      entries.push([cut(key, 100), some((part as Record<string, unknown>)[key], depth + 1)]);
      if (entries.length === 20) break;
    }
    return Object.fromEntries(entries);
  };
  return JSON.stringify(some(value, 0));
}
