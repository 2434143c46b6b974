import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { events, outcomes, profiles, stages, type Contract } from '#contracts';
import { cellsOf, columnsOf } from '#reference';
import { parquet } from '../../apps/cli/export/parquet.ts';
import type { Row } from './kpis.ts';

/** Made-up records whose KPIs can be counted by hand, with the fields that KPIs look at. */

const day = (n: number, hour = 0): string => new Date(Date.UTC(2026, 0, n, hour)).toISOString();
let made = 0;
const id = (): string => `id-${String(made++)}`;
const outcome = (message_id: string, word: string, more: Row = {}): Row => ({
  id: id(),
  person_id: 'p',
  message_id,
  play: 'welcome',
  category: 'news',
  outcome: word,
  at: day(1),
  occurred_at: day(1),
  ...more,
});
const move = (person_id: string, from: string, to: string, at: string, quiet_ms?: number): Row => ({
  id: id(),
  person_id,
  from,
  to,
  at,
  evidence: { quiet_ms },
});
const happened = (person_id: string, at: string): Row => ({ id: id(), person_id, moment: at, at });

const first = [
  outcome('a', 'accepted'),
  outcome('b', 'in_doubt', { attempt: 1 }),
  outcome('c', 'put_back'),
  outcome('d', 'accepted', { play: 'winback' }),
  outcome('a', 'opened', { verdict: 'proxy' }),
  outcome('a', 'opened', { verdict: 'human' }),
  outcome('d', 'clicked', { verdict: 'bot', play: 'winback' }),
  outcome('a', 'unsubscribed'),
];

interface Table {
  readonly contract: Contract;
  readonly file: string;
  readonly records: readonly Row[];
}
const tables: readonly Table[] = [
  { contract: outcomes, file: 'outcomes', records: first },
  // A later export that overlaps the first one.
  {
    contract: outcomes,
    file: 'outcomes-2',
    records: [...first.slice(4), outcome('b', 'accepted', { attempt: 2, occurred_at: day(1, 2) })],
  },
  {
    contract: stages,
    file: 'stages',
    records: [
      move('p', 'prospect', 'active', day(1)),
      move('p', 'active', 'lapsed', day(20), 90),
      move('p', 'lapsed', 'gone', day(25), 900),
      move('p', 'gone', 'active', day(40)),
      move('q', 'prospect', 'active', day(2)),
      move('q', 'active', 'lapsed', day(50), 90),
    ],
  },
  {
    contract: events,
    file: 'events',
    records: [happened('p', day(1)), happened('p', day(40)), happened('q', day(2)), happened('s', day(35))],
  },
  {
    contract: profiles,
    file: 'profiles',
    records: [
      { key: 'p', person_id: 'p', id: id(), at: day(1) },
      { key: 'r', person_id: 'r', id: id(), at: day(1) },
    ],
  },
];
/** Somebody who was taken back: no Kafka engine hands on a record without a value. */
const takenBack: readonly Row[] = [
  { key: 't', person_id: 't', id: id(), at: day(1) },
  { key: 't', deleted: true },
];

function parquetOf({ contract, records }: Table): Buffer {
  const columns = columnsOf(contract);
  const parts: Uint8Array[] = [];
  const table = parquet(columns, (bytes) => parts.push(bytes));
  for (const [offset, { deleted = false, key = 'k', ...value }] of records.entries())
    table.add(cellsOf(columns, { partition: 0, offset, key: String(key), deleted: deleted === true, headers: {}, value }));
  table.end();
  return Buffer.concat(parts);
}

/** Writes them to `folder/exports` as `hito export` does. */
export function writeMadeUp(folder: string): void {
  mkdirSync(join(folder, 'exports'));
  for (const table of tables) {
    const records = table.contract === profiles ? [...table.records, ...takenBack] : table.records;
    writeFileSync(join(folder, 'exports', `${table.file}.parquet`), parquetOf({ ...table, records }));
  }
}

/** Writes them to `folder` as they lie on the topics, a line of JSON each: `raw` is the value. */
export function writeMadeUpRecords(folder: string): void {
  for (const { contract, file, records } of tables) {
    const lines = records.map(({ key = 'k', ...value }, offset) => ({
      table: contract.name.replace(/\.v\d+$/, ''),
      raw: JSON.stringify(value),
      key,
      partition: 0,
      offset,
    }));
    writeFileSync(join(folder, `${file}.jsonl`), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }
}
