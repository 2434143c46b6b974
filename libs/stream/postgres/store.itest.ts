import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { servers, silent, until } from '#testing';
import { kindOf } from '../model/data-error.ts';
import type { Commit, TaskRow } from '../model/store.ts';
import { itemsSchema, runtimeSchema, stateSchema } from './schema.ts';
import { PostgresStore } from './store.ts';

const schema = `store${randomBytes(4).toString('hex')}`;
let admin: pg.Client;
let store: PostgresStore;

beforeAll(async () => {
  admin = new pg.Client({ connectionString: servers().databaseUrl });
  await admin.connect();
  await admin.query(
    `create schema ${schema}; set search_path to ${schema}; ${runtimeSchema} ${stateSchema('toy')} ${itemsSchema('toy')} ${stateSchema('toy_b')} create table effect (n int)`,
  );
  const url = new URL(servers().databaseUrl);
  url.searchParams.set('options', `-c search_path=${schema}`);
  store = new PostgresStore(url.href, silent, 10);
});
afterAll(async () => {
  await store.close();
  await admin.query(`drop schema ${schema} cascade`);
  await admin.end();
});

const commitOf = (row: TaskRow, partition: number, more: Partial<Commit> = {}): Commit => ({
  task: { processor: 'toy', partition, epoch: row.epoch },
  txn: row.txn,
  watermark: 10,
  clock: 'live',
  time: 11,
  outSeq: row.outSeq + 1,
  stateVersion: 1,
  rulesVersion: '1',
  states: [{ key: 'a', wakeAt: 5, state: { n: 1 } }],
  outbox: { firstSeq: row.outSeq + 1, lastSeq: row.outSeq + 1, bytes: Buffer.from('x') },
  publishedSeq: 0,
  cursors: [{ topic: 't', nextOffset: 7, origins: {} }],
  seen: ['ab'],
  seenAt: Date.now(),
  tallies: { n: 1 },
  ...more,
});
interface Wrong {
  readonly epoch?: number;
  readonly wakeAt?: number;
  readonly time?: number;
  readonly rulesVersion?: string;
  readonly txn?: number;
  readonly firstTxn?: number;
  readonly at?: number;
}

const count = async (table: string, partition: number): Promise<number> =>
  Number(
    (await admin.query<{ count: string }>(`select count(*) from ${table} where partition = $1`, [partition])).rows[0]?.count,
  );

describe('a second lane', () => {
  const lane = { task: { processor: 'toy_b', partition: 70 }, first: 'toy', at: 10 };
  const ready = async (partition: number) => {
    const first = await store.acquire('toy', partition);
    await store.commit(commitOf(first, partition, { time: 10, states: [{ key: 'a', wakeAt: 10, state: { n: 1 } }] }));
    const second = await store.acquire('toy_b', partition, true);
    const silent = commitOf(second, partition, { outbox: null, outSeq: 0, time: 10, states: [] });
    await store.commit({ ...silent, task: { ...silent.task, processor: 'toy_b' } });
    const { epoch } = second;
    return { first, change: { ...lane, task: { ...lane.task, partition, epoch }, txn: 1, firstTxn: 1 } };
  };

  test('takes over the origin, its numbers and its outbox in one transaction, and its rows are swept', async () => {
    const { first, change } = await ready(70);
    expect(await store.standing('toy', 70)).toMatchObject({
      txn: 1,
      watermark: 10,
      silent: false,
      successor: null,
      cursors: [{ topic: 't', nextOffset: 7, origins: {} }],
    });
    expect(await store.switchLanes(change)).toBe(true);
    expect(await store.switchLanes(change)).toBe(false);
    expect(await store.commit(commitOf({ ...first, txn: 1 }, 70))).toBe(false);
    expect(await store.acquire('toy_b', 70, true)).toMatchObject({
      silent: false,
      incarnation: first.incarnation + 1,
      outSeq: 1,
      outbox: [{ firstSeq: 1, lastSeq: 1 }],
    });
    expect(await store.acquire('toy', 70)).toMatchObject({ successor: 'toy_b', outbox: [] });
    const how = { limit: 1, items: true };
    expect(await store.sweep('toy', 70, 'toy_c', how)).toBe(0);
    expect(await count('toy_state', 70)).toBe(1);
    expect(await store.sweep('toy', 70, 'toy_b', how)).toBe(1);
    expect(await store.sweep('toy', 70, 'toy_b', how)).toBe(0);
    expect([await count('toy_state', 70), (await store.standing('toy', 70))?.cursors]).toEqual([0, []]);
  });

  test.each([
    ['the first lane has gone on', { firstTxn: 0 }],
    ['it has gone on itself', { txn: 0 }],
    ['another process owns it', { epoch: 9 }],
    ['they are not at that instant', { at: 9 }],
    ['a timer of the first lane is due', { wakeAt: 9 }],
    ['the first lane has been beyond that instant', { time: 11 }],
    ['timers of the first lane are being set anew', { rulesVersion: '' }],
  ])('does not take over where %s', async (_, { epoch, wakeAt = 10, time = 10, rulesVersion = '1', ...changes }: Wrong) => {
    const { first, change } = await ready(71);
    const again = { time, rulesVersion, states: [{ key: 'a', wakeAt, state: { n: 1 } }], outSeq: 2, outbox: null };
    const { txn } = first;
    expect(await store.commit(commitOf({ ...first, epoch: first.epoch, txn: txn + 1 }, 71, again))).toBe(true);
    const asked = { ...change, txn: change.txn, firstTxn: txn + 2, ...changes };
    expect(await store.switchLanes({ ...asked, task: { ...asked.task, epoch: epoch ?? asked.task.epoch } })).toBe(false);
    await admin.query('delete from task where partition = 71; delete from outbox where partition = 71');
  });
});

describe('the fence', () => {
  test.each([[false], [true]])(
    'of eight copies of one batch at once, one is written (with tables of its own: %s)',
    async (own) => {
      const partition = own ? 1 : 2;
      const row = await store.acquire('toy', partition);
      const apply = own
        ? async (sql: { query(text: string): Promise<unknown> }) => {
            await sql.query('insert into effect values (1)');
          }
        : undefined;
      const written = await Promise.all(Array.from({ length: 8 }, () => store.commit(commitOf(row, partition, { apply }))));
      expect(written.filter((one) => one)).toHaveLength(1);
      expect([await count('outbox', partition), await count('toy_state', partition), await count('cursor', partition)]).toEqual([
        1, 1, 1,
      ]);
      const after = await store.acquire('toy', partition);
      expect([after.txn, after.outSeq, after.tallies, after.cursors[0]?.nextOffset]).toEqual([
        row.txn + 1,
        row.outSeq + 1,
        { n: 1 },
        7,
      ]);
      if (own) expect((await admin.query('select count(*)::int as n from effect')).rows).toEqual([{ n: 1 }]);
    },
  );

  test('an owner before the present one writes nothing at all, neither states nor suspects nor alarms', async () => {
    const old = await store.acquire('toy', 3);
    const now = await store.acquire('toy', 3);
    expect(await store.commit(commitOf(old, 3))).toBe(false);
    expect(await store.suspect({ processor: 'toy', partition: 3, epoch: old.epoch }, { item: 'x', tries: 1 })).toBe(false);
    await store.stop({ processor: 'toy', partition: 3, epoch: old.epoch }, 'late');
    expect(
      await store.worker({ processor: 'toy', partition: 3, epoch: old.epoch }, { txn: now.txn, outSeq: 0 }, () =>
        Promise.resolve({ result: 1 }),
      ),
    ).toBeUndefined();
    expect([
      await count('outbox', 3),
      await count('toy_state', 3),
      await count('cursor', 3),
      await count('seen', 3),
      await count('tally', 3),
    ]).toEqual([0, 0, 0, 0, 0]);
    expect(await store.commit(commitOf(now, 3))).toBe(true);
    expect(await store.stopped('toy', 3)).toBeNull();
  });
});

test('a common transaction of a worker leaves out the partitions that another has taken, and writes the others', async () => {
  const [mine, lost] = [await store.acquire('toy', 7), await store.acquire('toy', 8)];
  await store.acquire('toy', 8);
  const holds = [
    { partition: 7, ...mine },
    { partition: 8, ...lost },
  ];
  const work = { publishedSeq: 0, tallies: { n: 1 }, outbox: { firstSeq: 1, lastSeq: 1, bytes: Buffer.from('x') } };
  const commit = () =>
    store.workers('toy', holds, (_sql, held) =>
      Promise.resolve({ result: [...held], works: new Map([...held].map((partition) => [partition, work])) }),
    );
  expect((await commit()).result).toEqual([7]);
  // The same numbers again are an old copy.
  expect((await commit()).result).toEqual([]);
  expect([await count('outbox', 7), await count('tally', 7), await count('outbox', 8), await count('tally', 8)]).toEqual([
    1, 1, 0, 0,
  ]);
});

test('rows of a list are written, read in order and dropped with the commit, and by nobody else', async () => {
  const old = await store.acquire('toy', 19);
  const row = await store.acquire('toy', 19);
  const text = JSON.stringify({ text: 'a\u0000\u001e\t\n"\\ ünïcode 𝕏' });
  const added = [
    { n: 9, text: '{}' },
    { n: 10, text },
  ];
  const states = [
    { key: 'a', wakeAt: 1, state: { list: 2 }, change: { added } },
    { key: 'é', wakeAt: 1, state: { list: 1 }, change: { added: [{ n: 0, text: '{}' }] } },
  ];
  expect(await store.commit(commitOf(old, 19, { states }))).toBe(false);
  expect(await count('toy_item', 19)).toBe(0);
  expect(await store.commit(commitOf(row, 19, { states }))).toBe(true);
  expect(await store.items('toy', 19, ['a', 'é', 'nobody'])).toEqual(
    new Map([
      ['a', added],
      ['é', [{ n: 0, text: '{}' }]],
    ]),
  );
  const next = { ...row, txn: row.txn + 1, outSeq: row.outSeq + 1 };
  const change = { below: 10, added: [{ n: 11, text: '{}' }] };
  const gone = { key: 'é', wakeAt: null, state: null, change: { below: 1, added: [] } };
  const after = [{ key: 'a', wakeAt: 1, state: { list: 2 }, change }, gone];
  expect(await store.commit(commitOf(old, 19, { states: after }))).toBe(false);
  expect(await count('toy_item', 19)).toBe(3);
  expect(await store.commit(commitOf(next, 19, { states: after, seen: ['cd'] }))).toBe(true);
  expect([...(await store.items('toy', 19, ['a', 'é']))].map(([key, items]) => [key, items.map(({ n }) => n)])).toEqual([
    ['a', [10, 11]],
  ]);
  expect(await count('toy_item', 19)).toBe(2);
});

test('what is written reads back: unusual texts, no wake, a removed state, the due in order', async () => {
  const row = await store.acquire('toy', 4);
  const text = 'a\u0000\u001e\t\n"\\ ünïcode 𝕏';
  const states = [
    { key: 'é"\\,{}', wakeAt: 30, state: { text } },
    { key: 'b', wakeAt: 20, state: { n: 0.1 + 0.2 } },
    { key: 'a', wakeAt: 20, state: { n: 1 } },
    { key: 'none', wakeAt: null, state: {} },
  ];
  expect(await store.commit(commitOf(row, 4, { states }))).toBe(true);
  expect((await store.due('toy', 4, 31, 10)).map(({ key }) => key)).toEqual(['a', 'b', 'é"\\,{}']);
  expect((await store.due('toy', 4, 30, 10)).map(({ key }) => key)).toEqual(['a', 'b']);
  expect(await store.firstWake('toy', 4)).toBe(20);
  expect((await store.states('toy', 4, ['é"\\,{}', 'none', 'nobody'])).sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual([
    { key: 'none', wakeAt: null, version: 1, state: {}, bytes: 2 },
    { key: 'é"\\,{}', wakeAt: 30, version: 1, state: { text }, bytes: expect.any(Number) },
  ]);
  expect(await store.seen(4, ['ab', 'cd'])).toEqual(new Set(['ab']));
  expect(
    await store.commit(
      commitOf({ ...row, txn: row.txn + 1 }, 4, {
        states: [{ key: 'b', wakeAt: null, state: null }],
        outbox: null,
        publishedSeq: 1,
        seen: [],
        tallies: {},
      }),
    ),
  ).toBe(true);
  expect((await store.scan('toy', 4, '', 10)).map(({ key }) => key)).toEqual(expect.arrayContaining(['a', 'none']));
  expect([await count('outbox', 4), await count('toy_state', 4)]).toEqual([0, 3]);
});

test("another database system is told; an operator's word raises the incarnation, once", async () => {
  await store.acquire('toy', 5);
  await admin.query(`update task set pg_system = '1' where partition = 5`);
  const foreign = await store.acquire('toy', 5);
  expect(foreign.databaseChanged).toMatch(/is not the one the task last ran on/);
  expect((await store.acquire('toy', 5)).databaseChanged).not.toBeNull();
  await admin.query('update task set confirmed = true, skip_record = true where partition = 5');
  const minutes = Math.floor(Date.now() / 60_000);
  const confirmed = await store.acquire('toy', 5);
  expect([confirmed.databaseChanged, confirmed.incarnation, confirmed.confirmed, confirmed.skip]).toEqual([
    null,
    expect.any(Number),
    true,
    true,
  ]);
  // Above what a database gave that was lost since: an earlier confirmation is not in this one.
  expect(confirmed.incarnation).toBeGreaterThanOrEqual(minutes - 1);
  const after = await store.acquire('toy', 5);
  expect([after.databaseChanged, after.incarnation, after.confirmed, after.skip]).toEqual([
    null,
    confirmed.incarnation,
    false,
    false,
  ]);
  // What is to be learnt from the log stays to be learnt, whoever dies before it is.
  expect([foreign.recoverFrom, confirmed.recoverFrom, after.recoverFrom]).toEqual([null, 0, 0]);
  expect(await store.recovered({ processor: 'toy', partition: 5, epoch: after.epoch })).toBe(true);
  expect((await store.acquire('toy', 5)).recoverFrom).toBeNull();
});

test("outsiders' ids are known for a day, and then forgotten", async () => {
  const row = await store.acquire('toy', 6);
  const hours = (n: number): number => Date.now() + n * 3_600_000;
  const commit = (n: number, seenAt: number, seen: readonly string[]): Promise<boolean> =>
    store.commit(commitOf({ ...row, txn: row.txn + n }, 6, { seen, seenAt, outbox: null }));
  await commit(0, hours(0), ['aa']);
  await commit(1, hours(23.5), ['bb']);
  expect(await store.seen(6, ['aa', 'bb'])).toEqual(new Set(['aa', 'bb']));
  // More than one portion, and no commit waits for them.
  await admin.query("insert into seen select 6, decode(md5(n::text), 'hex'), 1 from generate_series(1, 25000) n");
  const holder = new pg.Client({ connectionString: servers().databaseUrl });
  await holder.connect();
  await holder.query(`set search_path to ${schema}; begin; lock table seen in share row exclusive mode`);
  await store.commit(commitOf({ ...row, txn: row.txn + 2 }, 6, { seen: [], seenAt: hours(24.5), outbox: null }));
  expect(await count('seen', 6)).toBe(25_002);
  await holder.query('rollback');
  await holder.end();
  await commit(3, hours(24.6), ['cc']);
  await until(async () => (await count('seen', 6)) === 2);
  expect(await store.seen(6, ['aa', 'bb', 'cc'])).toEqual(new Set(['bb', 'cc']));
});

test('a session that hangs is ended by the database', async () => {
  const names = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];
  const { rows } = await store.query(
    `select ${names.map((name) => `extract(epoch from current_setting('${name}')::interval)::int as ${name}`).join(', ')}`,
  );
  for (const name of names) {
    expect(Number(rows[0]?.[name])).toBeGreaterThan(0);
    expect(Number(rows[0]?.[name])).toBeLessThanOrEqual(60);
  }
});

test('a connection cut in the middle of a transaction fails that transaction, and nothing else', async () => {
  const { epoch } = await store.acquire('toy', 7);
  let cut = false;
  const work = store.worker({ processor: 'toy', partition: 7, epoch }, null, async (sql) => {
    const pid = (await sql.query('select pg_backend_pid() as pid')).rows[0]?.['pid'];
    await admin.query('select pg_terminate_backend($1, 5000)', [pid]);
    // Busy with something else: nobody waits for an answer of the database when it goes.
    await setTimeout(50);
    cut = true;
    await sql.query('insert into effect values (7)');
    return { result: 'done' };
  });
  await expect(work).rejects.toThrow();
  expect(cut).toBe(true);
  expect((await admin.query('select from effect where n = 7')).rowCount).toBe(0);
  expect(await store.look()).toMatchObject({ readOnly: false });
});

describe('a transaction that fails', () => {
  let partition = 20;
  const fails = async (more: Partial<Commit>): Promise<unknown> => {
    partition++;
    const row = await store.acquire('toy', partition);
    const error = await store.commit(commitOf(row, partition, more)).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    // Whatever it was about, nothing of it is there, and the owner goes on with the same number.
    expect([await count('toy_state', partition), await count('tally', partition)]).toEqual([0, 0]);
    expect(await store.commit(commitOf(row, partition))).toBe(true);
    return error;
  };
  const writes = (text: string, values: readonly unknown[]): Partial<Commit> => ({
    apply: async (sql) => {
      await sql.query(text, values);
    },
  });

  test.each<[string, Partial<Commit>]>([
    ['a NUL in a text', writes('select $1::text', ['a\0b'])],
    ['half a pair in jsonb', writes('select $1::jsonb', ['"\\ud83d"'])],
    ['NUL in jsonb', writes('select $1::jsonb', ['"\\u0000"'])],
    ['a number out of range', writes('insert into effect values ($1::bigint::int)', ['99999999999'])],
    ['no number', writes('insert into effect values ($1)', ['NaN'])],
    ['a missing value', writes('insert into seen values (1, null, 1)', [])],
    [
      'a key larger than an index page',
      writes('insert into tally select $1, 1, string_agg(md5(n::text), $2), 1 from generate_series(1, 1000) n', ['x', '']),
    ],
    [
      'a cycle among the parameters',
      writes('select $1::jsonb', [
        (() => {
          const cycle: { self?: unknown } = {};
          cycle.self = cycle;
          return cycle;
        })(),
      ]),
    ],
    ['code that throws', { apply: () => Promise.reject(new Error('a bug')) }],
    ['a timer that is no number', { states: [{ key: 'a', wakeAt: 5.5, state: {} }] }],
    ['a count that is no number', { tallies: { n: NaN } }],
  ])('for %s is known to be about data', async (_name, more) => {
    expect(kindOf(await fails(more))).toBe('data');
  });

  test.each<[string, Partial<Commit>]>([
    ['a table that is missing', writes('select from nowhere', [])],
    ['a connection that is cut', writes('select pg_terminate_backend(pg_backend_pid())', [])],
    [
      'a statement that takes too long',
      {
        apply: async (sql) => {
          await sql.query('set local statement_timeout = 20');
          await sql.query('select pg_sleep(1)');
        },
      },
    ],
  ])('for %s is known to be about the place', async (_name, more) => {
    expect(kindOf(await fails(more))).toBe('place');
  });
});

test('a state that cannot be read is given with the reason, and the others with their states', async () => {
  const row = await store.acquire('toy', 9);
  const states = ['bytes', 'json', 'good'].map((key, wakeAt) => ({ key, wakeAt, state: { key } }));
  await store.commit(commitOf(row, 9, { states }));
  await admin.query(`update toy_state set state = '\\x7bff7d' where partition = 9 and key = 'bytes'`);
  await admin.query(`update toy_state set state = '{"key":' where partition = 9 and key = 'json'`);
  for (const found of [
    await store.states('toy', 9, ['bytes', 'json', 'good']),
    await store.due('toy', 9, 10, 10),
    await store.scan('toy', 9, '', 10),
  ]) {
    const byKey = new Map(found.map((stored) => [stored.key, stored]));
    expect(byKey.get('good')).toMatchObject({ state: { key: 'good' } });
    expect(byKey.get('bytes')?.unreadable).toMatch(/^it is no JSON/);
    expect(byKey.get('json')?.unreadable).toMatch(/^it is no JSON/);
  }
  // Their timers can be taken out while they stay as they are.
  await store.commit(commitOf({ ...row, txn: row.txn + 1 }, 9, { states: [], outbox: null, parked: ['bytes', 'json'] }));
  expect((await store.due('toy', 9, 10, 10)).map(({ key }) => key)).toEqual(['good']);
});
