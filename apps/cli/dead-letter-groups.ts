import { deadLetterHeaders, type Service } from '#contracts';
import { cut } from '#facts';
import type { LogRecord } from '#stream';
import { table } from './table.ts';

/** Dead letters of one service, source, processor and reason. */
export interface DeadLetterGroup {
  readonly service: Service;
  /** Name of the write key that the call came through; empty where none is known. */
  readonly source: string;
  readonly processor: string;
  /** The kind of reason, a word; of letters without one the beginning of the reason. */
  readonly reason: string;
  /** Refused calls or records: a letter may hold several. */
  count: number;
  /** ISO, as the letters say; empty where none does. */
  first: string;
  last: string;
  /** The latest letter, for `hito dead-letters show`. */
  sample: string;
  /** Its reason in full. */
  why: string;
}

const instant = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;

/** When a letter was written, or what is nearest to it: the instant of the record that was refused. */
function whenOf(record: LogRecord): string {
  const header = record.headers['hito-dl-at'];
  if (header !== undefined && instant.test(header)) return header;
  const at = /"at":"([^"]{10,40})"/.exec(String(record.value?.subarray(0, 100_000) ?? ''))?.[1] ?? '';
  return instant.test(at) ? at : '';
}

/** Groups dead letters as they are read, the largest group first. */
export class DeadLetterGroups {
  private readonly groups = new Map<string, DeadLetterGroup>();

  add(service: Service, partition: number, record: LogRecord): void {
    const read = deadLetterHeaders.safeParse(record.headers);
    const h = read.success ? read.data : undefined;
    const why = h?.['hito-dl-reason'] ?? 'no reason: the headers cannot be read';
    const source = h?.['hito-dl-source'] ?? '';
    const processor = h?.['hito-dl-processor'] ?? '';
    const reason = h?.['hito-dl-kind'] ?? cut(why.split(':')[0] ?? '', 60);
    const key = JSON.stringify([service, source, processor, reason]);
    const calls = Number(record.headers['hito-dl-calls'] ?? 1);
    const at = whenOf(record);
    const sample = `${service}/${String(partition)}/${String(record.offset)}`;
    const group = this.groups.get(key);
    if (group === undefined) {
      this.groups.set(key, { service, source, processor, reason, count: counted(calls), first: at, last: at, sample, why });
      return;
    }
    group.count += counted(calls);
    if (at !== '' && (group.first === '' || at < group.first)) group.first = at;
    if (at > group.last) group.last = at;
    group.sample = sample;
    group.why = why;
  }

  get all(): readonly DeadLetterGroup[] {
    return [...this.groups.values()].sort((a, b) => b.count - a.count);
  }
}

const counted = (calls: number): number => (Number.isSafeInteger(calls) && calls > 0 ? calls : 1);

/** The groups as a table. */
export const deadLetterTable = (groups: readonly DeadLetterGroup[]): string =>
  table([
    ['SERVICE', 'SOURCE', 'BY', 'REASON', 'COUNT', 'FIRST', 'LAST', 'SAMPLE', 'WHY'],
    ...groups.map(({ service, source, processor, reason, count, first, last, sample, why }) => [
      service,
      source === '' ? '-' : source,
      processor,
      reason,
      String(count),
      first === '' ? '-' : cut(first, 19),
      last === '' ? '-' : cut(last, 19),
      sample,
      why,
    ]),
  ]);
