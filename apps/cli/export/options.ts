import { z } from 'zod';
import { Refusal } from '../explain.ts';
import { csv } from './csv.ts';
import type { Format } from './format.ts';
import { jsonl } from './jsonl.ts';
import { parquet } from './parquet.ts';
import type { Span } from './rows.ts';

/** What may be given on the command line. */
export interface ExportOptions {
  readonly to: string;
  readonly from?: string;
  readonly until?: string;
  readonly out?: string;
  readonly partitions?: string;
}

/** The same, understood. */
export interface Wanted {
  readonly format: Format;
  readonly span: Span;
  readonly partitions: readonly number[] | undefined;
}

const formats: ReadonlyMap<string, Format> = new Map(Object.entries({ csv, jsonl, parquet }));

/** Understands the options. Throws Refusal with what was expected. */
export function wanted({ to, from, until, partitions }: ExportOptions): Wanted {
  const format = formats.get(to);
  if (format === undefined) throw new Refusal(`--to ${to}: there are ${[...formats.keys()].join(', ')}.`);
  const span = {
    ...(from === undefined ? {} : { from: instantOf('--from', from) }),
    ...(until === undefined ? {} : { until: instantOf('--until', until) }),
  };
  if ((span.from ?? -Infinity) >= (span.until ?? Infinity)) throw new Refusal('--from must be before --until.');
  return { format, span, partitions: partitions === undefined ? undefined : numbersOf(partitions) };
}

const instant = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

function instantOf(option: string, text: string): number {
  const at = instant.safeParse(text).success ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new Refusal(`${option} ${text}: give a day (2026-01-31, from midnight UTC) or an instant (2026-01-31T09:00:00Z).`);
  return at;
}

function numbersOf(text: string): number[] {
  const numbers = text.split(',').map((one) => (/^\d{1,6}$/.test(one) ? Number(one) : Number.NaN));
  if (numbers.some(Number.isNaN)) throw new Refusal(`--partitions ${text}: give numbers, separated by commas, such as 0,3.`);
  return [...new Set(numbers)];
}
