import { beforeEach, expect, test } from '@jest/globals';
import { parsePlaybook, type SourceRule } from '#playbook';
import type { LogRecord, Sql, WorkerSession } from '#stream';
import type { TopicReader } from '#stream/runtime';
import { silent } from '#testing';
import { readFileSync } from 'node:fs';
import { Lane } from './lane.ts';
import { Taker } from './take.ts';

const playbook = parsePlaybook(`${readFileSync('examples/shop/playbook.yaml', 'utf8')}
sources:
  - name: clicks
    topics: [clicks]
    from: earliest
    map: { person: record.value.user, name: record.value.action }
`);
const [source] = playbook.sources as [SourceRule];
const row = { partition: 0, next_offset: 0, generation: 0, cluster: 'c', witness: null, stopped: null, resume: null };

/** Statements by their first words, with their values. */
let written: unknown[][] = [];
beforeEach(() => {
  written = [];
});

/** A lane over records that lie there; what it commits is told. */
function lane(records: readonly LogRecord[], committed: (records: number) => void, rows: object[] = [row]): Lane {
  const sql: Sql = {
    query: (text: string, values: unknown[] = []) => {
      written.push([text.trim().split(' ', 2).join(' '), ...values]);
      return Promise.resolve({ rows, rowCount: 1 });
    },
  } as never;
  const reader: TopicReader = {
    cluster: () => Promise.resolve('c'),
    partitions: () => Promise.resolve([0]),
    offsets: (_, at) => Promise.resolve(new Map([[0, at === 'latest' ? records.length : 0]])),
    fetch: () => Promise.resolve(new Map([[0, { is: 'records' as const, records, next: records.length, end: records.length }]])),
    close: () => Promise.resolve(),
  };
  const session: WorkerSession = {
    partition: 0,
    signal: new AbortController().signal,
    unchecked: (work: (sql: Sql) => unknown) => Promise.resolve(work(sql)),
    transaction: async (work: (sql: Sql) => Promise<{ records?: readonly unknown[] }>) => {
      committed((await work(sql)).records?.length ?? 0);
    },
  } as never;
  return new Lane({
    session,
    source,
    topic: 'clicks',
    mine: () => true,
    reader,
    taker: new Taker(source, playbook, 1),
    open: () => Promise.resolve(true),
    logger: silent,
    report: () => undefined,
  });
}

test('records of one fetch that are work let the rest of the process have its turn', async () => {
  const value = Buffer.from(JSON.stringify({ user: 'ana', list: Array.from({ length: 40_000 }, (_, n) => n) }));
  const records = Array.from({ length: 40 }, (_, offset) => ({ offset, key: null, value, headers: {}, timestamp: Date.now() }));
  let taken = 0;
  const reading = lane(records, (count) => {
    taken += count;
  }).turn();
  let turns = 0;
  const rest = (): void => {
    turns += 1;
    if (taken < records.length) setImmediate(rest);
  };
  setImmediate(rest);
  await reading;
  expect(taken).toBe(records.length);
  expect(turns).toBeGreaterThan(10);
});

test('a partition that its topic no longer has stops with an alarm, and the others are read', async () => {
  const record = {
    offset: 0,
    key: null,
    value: Buffer.from('{"user": "ana", "action": "A"}'),
    headers: {},
    timestamp: Date.now(),
  };
  let taken = 0;
  const count = (records: number): void => {
    taken += records;
  };
  await lane([record], count, [row, { ...row, partition: 3, next_offset: 70 }]).turn();
  expect(taken).toBe(1);
  const stops = written.filter((values) => String(values[4]).includes('the topic has no such partition any more'));
  expect(stops.map(([, ...values]) => values.slice(0, 3))).toEqual([['clicks', 'clicks', 3]]);
});

test('a partition that is gone, and that an operator has given up, is no alarm, and begins at its first record', async () => {
  const gone = { ...row, partition: 3, next_offset: 70, stopped: 'gone', resume: 'latest' };
  const one = lane([], () => undefined, [row, gone]);
  await one.turn();
  // The partition looked at again, as an operator's word is heeded after a while.
  (one as unknown as { heededAt: number }).heededAt = -Infinity;
  await one.turn();
  expect(written.filter((values) => values.at(-1) === 'latest')).toMatchObject([
    [expect.anything(), 'clicks', 'clicks', 3, 0, 'c', 'latest'],
  ]);
  written = [];
  await lane([], () => undefined, [row, { ...row, partition: 3 }]).turn();
  expect(written.filter((values) => String(values[4]).includes('no such partition'))).toEqual([]);
});
