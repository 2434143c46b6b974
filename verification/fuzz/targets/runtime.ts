import fc from 'fast-check';
import { z } from 'zod';
import { contract, derived } from '#contracts';
import { emit, processor, type LogRecord, type Message } from '#stream';
import type { Commit } from '#stream/runtime';
import { MemoryLog, MemoryStore, Topology, until } from '#testing';
import { anyJson, anyName, anyUnits } from '../inputs.ts';
import { target } from '../target.ts';

/** What the toy does with a record; all but the first two are bad. */
const deeds = ['emit', 'count', 'throw', 'throw nothing', 'refuse', 'swell', 'shout', 'never wake', 'cycle', 'poison'] as const;
const orders = contract(
  'orders.v1',
  z.object({ id: z.string(), deed: z.enum(deeds), name: z.string(), payload: z.unknown().optional() }),
  { retentionMs: -1 },
);
const done = contract('done.v1', z.object({ ...derived, order: z.string(), payload: z.unknown() }), {
  writer: { processor: 'toy', rekeyed: false },
  retentionMs: -1,
});

interface State {
  readonly orders: readonly string[];
  readonly payload?: unknown;
  readonly timer?: number;
}

const toy = processor({
  service: 'scoring',
  name: 'toy',
  version: 1,
  maxStateBytes: 20_000,
  inputs: [{ contract: orders, kind: 'source' }],
  outputs: [{ contract: done }],
  decide(state: State | undefined, message: Message<typeof orders>) {
    if (message.kind === 'wake') return { state };
    const { id, deed, name, payload } = message.data;
    const next: State = { orders: [...(state?.orders ?? []), id], payload };
    switch (deed) {
      case 'throw':
        throw new Error(name);
      case 'throw nothing':
        throw undefined as unknown as Error;
      case 'refuse':
        return { state: next, deadLetter: name };
      case 'swell':
        return { state: { ...next, payload: 'x'.repeat(20_000) } };
      case 'shout':
        return { state: next, emit: [emit(done, { order: id, payload: 'x'.repeat(1_000_001) })] };
      case 'never wake':
        return { state: { ...next, timer: NaN } };
      case 'cycle':
        return { state: { ...next, payload: Object.assign([], { 0: 1n }) } };
      case 'count':
        return { state: next, emit: [emit(done, { order: id, payload })], tally: Object.fromEntries([[name, 1]]) };
      default:
        return { state: next, emit: [emit(done, { order: id, payload })] };
    }
  },
  wakeAt: ({ timer }: State) => timer,
});

/** Refuses, as Postgres does, a transaction in which somebody has carried out a poisoned order; checks all that it is given. */
class Picky extends MemoryStore {
  readonly unfit: string[] = [];

  constructor(private readonly poisoned: ReadonlySet<string>) {
    super();
  }

  override commit(commit: Commit): Promise<boolean> {
    for (const { state, text = '', wakeAt } of commit.states) {
      if ((state as State | null)?.orders.some((order) => this.poisoned.has(order)) === true)
        return Promise.reject(Object.assign(new Error('unsupported Unicode escape sequence'), { code: '22P05' }));
      if (/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/.test(text) || (wakeAt !== null && !/^-?\d+$/.test(String(wakeAt))))
        this.unfit.push(`${text} ${String(wakeAt)}`);
    }
    for (const name of Object.keys(commit.tallies))
      // eslint-disable-next-line no-control-regex -- that none is there is what is checked
      if (name === '' || !name.isWellFormed() || /[\u0000-\u001f]/.test(name)) this.unfit.push(name);
    return super.commit(commit);
  }
}

const order = fc.record({ deed: fc.constantFrom(...deeds, 'emit', 'count'), name: anyName, payload: anyJson });
/** Values that are no order at all. */
const noOrder = fc.oneof(
  anyUnits,
  anyJson.map((value) => JSON.stringify(value)),
  fc.constantFrom(
    null,
    '',
    '{',
    '[[[[',
    '{"id":1e999}',
    `{"id":"x","deed":"emit","name":"","payload":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
  ),
);
const record = fc.oneof({ weight: 4, arbitrary: order }, { weight: 1, arbitrary: noOrder });
const keys = fc.oneof(fc.constantFrom('ana', 'ben', '__proto__'), anyUnits);

const fits = (value: string): boolean => {
  try {
    return orders.schema.safeParse(JSON.parse(value)).success;
  } catch {
    return false;
  }
};
const usable = (key: string): boolean => key !== '' && !key.includes('\0') && !key.includes('\u001e');

/** Whatever lies on the log: each good record takes effect once, in order; each bad one is one dead letter; nothing stops. */
export const runtime = target(
  'stream/runtime',
  fc.asyncProperty(
    fc.array(fc.tuple(keys, record), { minLength: 1, maxLength: 12 }),
    fc.constantFrom(1, 3, 4_000),
    async (given, batch) => {
      const records = given.map(([key, what], n) => {
        const value = typeof what === 'object' && what !== null ? JSON.stringify({ id: `o${String(n)}`, ...what }) : what;
        const good = typeof what === 'object' && what !== null && usable(key) && (what.deed === 'emit' || what.deed === 'count');
        return { id: `o${String(n)}`, key, value, good, deed: typeof what === 'object' && what !== null ? what.deed : '' };
      });
      // A text that happens to be an order says nothing here.
      fc.pre(records.every(({ deed, value }) => deed !== '' || value === null || !fits(value)));
      const store = new Picky(new Set(records.filter(({ deed }) => deed === 'poison').map(({ id }) => id)));
      const flow = new Topology([{ processor: toy, rules: undefined, rulesVersion: '1' }], {
        log: new MemoryLog(1),
        stores: new Map([['toy', store]]),
        tuning: { batch, throwers: Infinity, strict: false },
      });
      await flow.log.produce(
        records.map(({ key, value }) => ({ topic: 'test.orders.v1', partition: 0, key: key.toWellFormed(), value, headers: {} })),
      );
      await flow.clock(orders, { clock: 'live' });
      await flow.start();
      try {
        await until(
          () => flow.status()[0]?.taken === records.length,
          () => JSON.stringify(flow.status()),
        );
      } finally {
        await flow.stop();
      }
      const effects = flow.read(done).map((one) => one.order);
      const expected = records.filter(({ good }) => good).map(({ id }) => id);
      const letters = flow.log.read('test.scoring.dead-letters.v1');
      return (
        JSON.stringify(effects) === JSON.stringify(expected) &&
        letters.length === records.length - expected.length &&
        new Set(letters.map(({ headers }) => headers['hito-dl-offset'])).size === letters.length &&
        letters.every(sound) &&
        store.unfit.length === 0
      );
    },
  ),
);

const sound = ({ headers }: LogRecord): boolean =>
  Object.values(headers).every((value) => value.isWellFormed() && !value.includes('\0'));
