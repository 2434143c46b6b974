import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { contract, derived, instant } from '#contracts';
import { topology, whoId, type Topology } from '#testing';
import { emit, processor, type LogRecord, type Message } from '#stream';

const minute = 60_000;
const start = Date.parse('2026-01-01T00:00:00Z');
const p = whoId('1');
const jobs = contract('jobs.v1', z.object({ id: z.string(), at: instant, order: z.string() }), { retentionMs: -1 });
const done = contract('done.v1', z.object({ ...derived, order: z.string() }), {
  writer: { processor: 'worker', rekeyed: false },
  retentionMs: -1,
});

interface State {
  readonly orders: readonly string[];
  readonly alarm?: number;
}

/** Does what the record orders: among others it throws, sets a timer that throws, or one that never moves. */
const worker = processor({
  service: 'scoring',
  name: 'worker',
  version: 1,
  inputs: [{ contract: jobs, kind: 'source' }],
  outputs: [{ contract: done }],
  decide(state: State | undefined, message: Message<typeof jobs>) {
    const orders = state?.orders ?? [];
    if (message.kind === 'wake') {
      if (orders.at(-1) === 'wake throws') throw new Error('cannot wake');
      if (orders.at(-1) === 'timer stands') return { state: { orders: [...orders], alarm: message.named } };
      return { state: { orders: [...orders, 'woken'] }, emit: [emit(done, { order: 'woken' })] };
    }
    const { order } = message.data;
    if (order === 'throw') throw new Error('cannot decide');
    if (order === 'refuse')
      return { state: { orders: [...orders, order] }, emit: [emit(done, { order })], deadLetter: 'not this one' };
    if (order === 'big') return { state, emit: [emit(done, { order: 'x'.repeat(1_100_000) })] };
    if (order === 'undeclared') return { state, emit: [emit(jobs, { order })] };
    if (order === 'many') return { state, emit: Array.from({ length: 1_001 }, () => emit(done, { order })) };
    return {
      state: {
        orders: [...orders, order],
        ...(order.includes('wake') || order.includes('timer') ? { alarm: message.at + minute } : {}),
      },
      emit: [emit(done, { order })],
    };
  },
  wakeAt: ({ alarm }: State) => alarm,
});

const flowOf = (): Promise<Topology> => topology([{ processor: worker, rules: undefined, rulesVersion: '1' }], { partitions: 1 });
const at = (m: number): string => new Date(start + m * minute).toISOString();
const job = (id: string, m: number, order: string) => ({ key: p, data: { id, at: at(m), order } });
const letters = (flow: Topology): readonly LogRecord[] => flow.log.read('test.scoring.dead-letters.v1');
const orders = (flow: Topology): string[] => flow.read(done).map(({ order }) => order);

/** Records as an outsider writes them, between two good ones of the same person. */
async function between(record: {
  key: string | null;
  value: string | Buffer | null;
  headers?: Record<string, string>;
}): Promise<Topology> {
  const flow = await flowOf();
  await flow.clock(jobs, { clock: 'driven', at: start });
  await flow.replay(jobs, job('a', 1, 'before'));
  await flow.log.produce([{ topic: 'test.jobs.v1', partition: 0, headers: {}, ...record }]);
  await flow.replay(jobs, job('b', 2, 'after'));
  await flow.clock(jobs, { clock: 'driven', at: start + 10 * minute });
  await flow.reached(start + 10 * minute);
  await flow.stop();
  return flow;
}

describe('bad input becomes a dead letter and its neighbours are unharmed', () => {
  const big = Buffer.from(`{"id":"big","at":"${at(1)}","order":7,"rest":"${'z'.repeat(900_000)}"}`);
  const noJson = Buffer.from([0x7b, 0xff, 0x00, 0x0a, 0x09]);
  test.each<[string, { key: string | null; value: string | Buffer | null }, RegExp, string?]>([
    ['that is not JSON, byte for byte', { key: p, value: noJson }, /^not JSON/],
    ['that is not JSON, without a word of it in the reason', { key: p, value: '{"otp":s3cret}' }, /^not JSON: (?!.*s3cret)/],
    ['that violates its schema', { key: p, value: '{"id":"x"}' }, /^not jobs.v1: at: /],
    [
      'whose instant does not exist',
      { key: p, value: JSON.stringify({ id: 'x', at: '2026-13-45T00:00:00Z', order: 'x' }) },
      /is no instant/,
    ],
    ['of 900 kB', { key: p, value: big }, /order/],
    ['that is a tombstone', { key: p, value: null }, /tombstone/],
    ['without a key', { key: null, value: JSON.stringify(job('x', 1, 'x').data) }, /no key/],
    ['with an empty key', { key: '', value: JSON.stringify(job('x', 1, 'x').data) }, /no key/],
    [
      'with a key that no index holds',
      { key: 'k'.repeat(5_000), value: JSON.stringify(job('x', 1, 'x').data) },
      /a key of 5000 bytes/,
    ],
    ['with a key that cannot be stored', { key: 'a\u0000b', value: JSON.stringify(job('x', 1, 'x').data) }, /control character/],
    [
      'on which decide throws',
      { key: p, value: JSON.stringify(job('x', 1, 'throw').data) },
      /worker threw: Error: cannot decide/,
      'bug',
    ],
    ['that decide refuses', { key: p, value: JSON.stringify(job('x', 1, 'refuse').data) }, /^not this one$/, 'refused'],
    ['whose emission no broker takes', { key: p, value: JSON.stringify(job('x', 1, 'big').data) }, /at most 1000000/, 'refused'],
    [
      'whose emission is not declared',
      { key: p, value: JSON.stringify(job('x', 1, 'undeclared').data) },
      /does not declare jobs.v1/,
      'bug',
    ],
    ['that emits without bound', { key: p, value: JSON.stringify(job('x', 1, 'many').data) }, /at most 1000/, 'refused'],
  ])('a record %s', async (_name, record, reason, kind = 'unreadable') => {
    const headers = { 'content-type': 'application/x-theirs', 'x-trace': 'ünïcode' };
    const flow = await between({ ...record, headers });
    expect(orders(flow)).toEqual(['before', 'after']);
    expect(letters(flow)).toHaveLength(1);
    const [letter] = letters(flow);
    expect(letter?.value === null ? null : letter?.value.toString('latin1')).toBe(
      record.value === null ? null : Buffer.from(record.value).toString('latin1'),
    );
    expect(letter?.headers).toMatchObject({
      ...headers,
      'hito-dl-processor': 'worker',
      'hito-dl-topic': 'jobs.v1',
      'hito-dl-partition': '0',
      'hito-dl-offset': '2',
      'hito-dl-attempts': '1',
    });
    expect(letter?.headers['hito-dl-reason']).toMatch(reason);
    expect(letter?.headers['hito-dl-kind']).toBe(kind);
    expect(flow.store('worker').tallies('worker')).toEqual({ dead_letters: 1, [`dead_letter.${kind}`]: 1 });
    expect(flow.store('worker').all('worker')).toMatchObject([{ key: p, state: { orders: ['before', 'after'] } }]);
  });

  test.each(['wake throws', 'timer stands'])(
    "a timer that is a bug (%s) is a dead letter and parked until the person's next record",
    async (bug) => {
      const flow = await flowOf();
      await flow.clock(jobs, { clock: 'driven', at: start });
      await flow.replay(jobs, job('a', 1, bug), { key: whoId('2'), data: { id: 'b', at: at(1), order: 'wake me' } });
      await flow.clock(jobs, { clock: 'driven', at: start + 10 * minute });
      await flow.reached(start + 10 * minute);
      expect(letters(flow).map(({ key, headers }) => [key, headers['hito-dl-topic']])).toEqual([[p, '~wake/worker']]);
      expect(JSON.parse(String(letters(flow)[0]?.value))).toEqual({ processor: 'worker', key: p, instant: at(2) });
      expect(letters(flow)[0]?.headers['hito-dl-reason']).toMatch(bug === 'wake throws' ? /cannot wake/ : /did not move/);
      expect(orders(flow)).toEqual([bug, 'wake me', 'woken']);
      expect(
        flow
          .store('worker')
          .all('worker')
          .find(({ key }) => key === p)?.wakeAt,
      ).toBeNull();

      await flow.replay(jobs, job('c', 11, 'wake me'));
      await flow.clock(jobs, { clock: 'driven', at: start + 20 * minute });
      await flow.reached(start + 20 * minute);
      await flow.stop();
      expect(letters(flow)).toHaveLength(1);
      expect(orders(flow).slice(3)).toEqual(['wake me', 'woken']);
    },
  );
});
