import { beforeEach, expect, test } from '@jest/globals';
import { parsePlaybook, type SourceRule } from '#playbook';
import type { LogRecord, Sql, WorkerSession } from '#stream';
import type { TopicReader } from '#stream/runtime';
import { silent, until } from '#testing';
import avro, { type Schema } from 'avsc';
import { readFileSync } from 'node:fs';
import { framed, TestRegistry } from '../testing/registry.ts';
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

const blank = { key: null, headers: {}, timestamp: Date.now() };

/** Statements by their first words, with their values. */
let written: unknown[][] = [];
beforeEach(() => {
  written = [];
});

/** A lane over records that lie there; what it commits is told. */
function lane(
  records: readonly LogRecord[],
  committed: (records: number) => void,
  rows: object[] = [row],
  {
    taker = new Taker(source, playbook, 1),
    others = new Map(),
  }: { taker?: Taker; others?: ReadonlyMap<number, LogRecord[]> } = {},
): Lane {
  const lies = new Map([[0, records], ...others]);
  const sql: Sql = {
    query: (text: string, values: unknown[] = []) => {
      written.push([text.trim().split(' ', 2).join(' '), ...values]);
      return Promise.resolve({ rows, rowCount: 1 });
    },
  } as never;
  const reader: TopicReader = {
    cluster: () => Promise.resolve('c'),
    partitions: () => Promise.resolve([...lies.keys()]),
    offsets: (partitions, at) =>
      Promise.resolve(
        new Map(partitions.map((partition) => [partition, at === 'latest' ? (lies.get(partition)?.length ?? 0) : 0])),
      ),
    fetch: (cursors) =>
      Promise.resolve(
        new Map(
          [...cursors].map(([partition, next]) => {
            const all = lies.get(partition) ?? [];
            return [partition, { is: 'records' as const, records: all.slice(next), next: all.length, end: all.length }];
          }),
        ),
      ),
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
    taker,
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

test('a partition waits before a value whose schema the registry does not know yet, and the others are read meanwhile', async () => {
  const registry = await new TestRegistry().start();
  try {
    const click: Schema = { type: 'record', name: 'C', fields: ['user', 'action'].map((name) => ({ name, type: 'string' })) };
    const value = avro.Type.forSchema(click).toBuffer({ user: 'ana', action: 'A' });
    registry.answers.set('/schemas/ids/1', { schema: JSON.stringify(click) });
    const record = (offset: number, id: number) => ({ ...blank, offset, value: framed(id, value) });
    const ofAvro = { ...source, format: 'avro' as const };
    const moved: unknown[] = [];
    const told: number[] = [];
    const one = lane([record(0, 1), record(1, 2), record(2, 1)], (count) => told.push(count), [row, { ...row, partition: 1 }], {
      taker: new Taker(ofAvro, playbook, 1, { url: registry.url }),
      others: new Map([[1, [record(0, 1), record(1, 1)]]]),
    });
    await one.turn();
    expect(told).toEqual([3]);
    expect(one.waitsFor).toMatch(/^partition 0: its schema 2 is not known yet, and is waited for/);
    moved.push(
      ...written.filter(([words]) => words === 'update source_cursor').map(([, , , partitions, nexts]) => [partitions, nexts]),
    );
    expect(moved).toEqual([
      [
        [0, 1],
        [1, 2],
      ],
    ]);
    registry.answers.set('/schemas/ids/2', { schema: JSON.stringify(click) });
    await until(async () => {
      await one.turn();
      return one.waitsFor === undefined;
    });
    expect(told.reduce((sum, count) => sum + count)).toBe(5);
    expect(registry.asked.filter((path) => path === '/schemas/ids/2').length).toBeGreaterThan(1);
  } finally {
    await registry.stop();
  }
});
