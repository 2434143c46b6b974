import { buffer } from 'node:stream/consumers';
import { isoInstant } from '#facts';
import { loadPlaybook } from '#playbook';
import { Taker } from '../../../services/ingestion/sources/take.ts';
import { Refusal } from '../explain.ts';
import { printableJson } from '../printable.ts';

export interface SourceTryOptions {
  readonly source: string;
  readonly key?: string;
  /** `name=value`. */
  readonly header?: readonly string[];
  readonly timestamp?: string;
}

/** Prints the event that comes of the record whose value is the standard input. Throws Refusal with the reason where there is none. */
export async function sourceTry(file: string, { source: name, key, header = [], timestamp }: SourceTryOptions): Promise<void> {
  const playbook = loadPlaybook(file);
  const source = playbook.sources.find((one) => one.name === name);
  if (source === undefined)
    throw new Refusal(
      `There is no source ${name} in ${file}. It has ${playbook.sources.map((one) => one.name).join(', ') || 'none'}.`,
    );
  const at = timestamp === undefined ? Date.now() : isoInstant(timestamp);
  if (Number.isNaN(at)) throw new Refusal('--timestamp is an instant such as 2026-01-31T10:00:00Z.');
  const value = await buffer(process.stdin);
  // What a shell adds to a line is no part of a record.
  const bytes = value.at(-1) === 0x0a ? value.subarray(0, -1) : value;
  const record = { offset: 0, key: key ?? null, value: bytes, headers: headersOf(header), timestamp: at };
  const place = { topic: source.topics[0] ?? '', partition: 0, generation: 0 };
  const { outcome } = await new Taker(source, playbook, 1).judge(record, place, Date.now());
  if (outcome.accepted === 'passed') process.stdout.write('The source passes this record over: no event comes of it.\n');
  else if (outcome.accepted) process.stdout.write(`${printableJson(outcome.value, 2)}\n`);
  else throw new Refusal(`No event: ${outcome.kind}. ${outcome.reason}`);
}

function headersOf(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((header) => {
      const [name = '', ...value] = header.split('=');
      if (name === '' || value.length === 0) throw new Refusal('--header is name=value, e.g. --header ce_type=shop.order');
      return [name, value.join('=')];
    }),
  );
}
