import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { changeOf, printedState, whole } from './listed.ts';
import type { AnyProcessor } from '../model/processor.ts';
import type { Store, StoredItem, StoredState } from '../model/store.ts';

interface Item {
  readonly n: number;
}
interface State {
  readonly name: string;
  readonly waiting: readonly Item[];
}
const listed = { name: 'keeper', list: 'waiting' } as AnyProcessor;

/** A row and the rows of its list, as tables keep them. */
class Table {
  text: string | undefined;
  rows: readonly StoredItem[] = [];
  written = 0;

  async read(): Promise<StoredState | undefined> {
    if (this.text === undefined) return undefined;
    const stored = {
      key: 'a',
      wakeAt: null,
      version: 1,
      bytes: Buffer.byteLength(this.text),
      state: JSON.parse(this.text) as unknown,
    };
    const store = { items: () => Promise.resolve(new Map([['a', this.rows]])) } as unknown as Store;
    return (await whole({ store, processor: listed, lane: 'toy', partition: 0 }, [stored]))[0];
  }

  /** What one transaction writes; gives the state as the cache would hold it. */
  write(before: StoredState | undefined, state: State | undefined): StoredState | undefined {
    const { rows, change } = changeOf(listed, before?.rows, state);
    const numbers = new Set(this.rows.map(({ n }) => n));
    for (const { n, text } of change?.added ?? []) {
      if (numbers.has(n)) throw new Error(`row ${String(n)} is there already`);
      this.written += text.length;
    }
    this.rows = [...this.rows.filter(({ n }) => n >= (change?.below ?? 0)), ...(change?.added ?? [])];
    if (state === undefined) {
      this.text = undefined;
      return undefined;
    }
    const { text, bytes } = printedState(listed, state);
    this.text = text;
    this.written += text.length;
    return { key: 'a', wakeAt: null, version: 1, bytes, state, ...(rows !== undefined && { rows }) };
  }
}

const item = fc.integer({ min: 0, max: 99 }).map((n): Item => ({ n }));
const step = fc.oneof(
  { weight: 4, arbitrary: fc.array(item, { maxLength: 3 }).map((more) => (list: readonly Item[]) => [...list, ...more]) },
  { weight: 2, arbitrary: fc.nat({ max: 4 }).map((count) => (list: readonly Item[]) => list.slice(count)) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat({ max: 3 }), item).map(([count, one]) => (list: readonly Item[]) => [...list.slice(count), one]),
  },
  { weight: 1, arbitrary: fc.constant((list: readonly Item[]) => list.toReversed()) },
  { weight: 1, arbitrary: fc.constant((list: readonly Item[]) => list.filter((_, n) => n % 2 === 0)) },
  { weight: 1, arbitrary: fc.constant((list: readonly Item[]) => [...list, ...list.slice(0, 1)]) },
  { weight: 1, arbitrary: fc.constant(() => undefined) },
);

test('a state with a list in rows reads back as it was decided, whatever was done to the list', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(step, fc.boolean()), { maxLength: 25 }), async (steps) => {
      const table = new Table();
      let stored: StoredState | undefined;
      for (const [change, fromTable] of steps) {
        if (fromTable) stored = await table.read();
        const { waiting = [] } = (stored?.state ?? {}) as Partial<State>;
        const next = change(waiting);
        const state = next && { name: 'x', waiting: next };
        stored = table.write(stored, state);
        const read = await table.read();
        expect(read?.state).toEqual(state);
        expect(read?.rows?.items).toEqual(stored?.rows?.items);
        expect(read?.bytes).toBe(stored?.bytes);
      }
      if (table.text === undefined) expect(table.rows).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('a longer list makes a new item no dearer', () => {
  const table = new Table();
  let stored: StoredState | undefined;
  const costs = Array.from({ length: 500 }, (_, n) => {
    const before = table.written;
    const { waiting = [] } = (stored?.state ?? {}) as Partial<State>;
    stored = table.write(stored, { name: 'x', waiting: [...waiting.slice(n < 400 ? 0 : 1), { n: 100 + n }] });
    return table.written - before;
  });
  expect(Math.max(...costs)).toBeLessThan((costs[0] ?? 0) + 4); // digits of the count
});

test('a list that still stands in the text of its state moves into rows with the next write', async () => {
  const table = new Table();
  table.text = JSON.stringify({ name: 'x', waiting: [{ n: 1 }, { n: 2 }] });
  const stored = await table.read();
  expect(stored?.rows).toBeUndefined();
  table.write(stored, stored?.state as State);
  expect([table.text, table.rows.length]).toEqual(['{"name":"x","waiting":2}', 2]);
  expect((await table.read())?.state).toEqual({ name: 'x', waiting: [{ n: 1 }, { n: 2 }] });
});

test.each([
  ['an item lacks its row', (rows: readonly StoredItem[]) => rows.slice(1), '2 rows hold them'],
  [
    'a row is of another place',
    (rows: readonly StoredItem[]) => rows.map((row, n) => ({ ...row, n: n * 2 })),
    '3 rows hold them',
  ],
  ['a row is no JSON', (rows: readonly StoredItem[]) => rows.map((row) => ({ ...row, text: '' })), 'no JSON'],
])('a state cannot be read where %s', async (_, harm, reason) => {
  const table = new Table();
  table.write(undefined, { name: 'x', waiting: [{ n: 1 }, { n: 2 }, { n: 3 }] });
  table.rows = harm(table.rows);
  expect((await table.read())?.unreadable).toContain(reason);
});

test('a text in an item that cannot be stored is remembered as it is stored', () => {
  const state = { name: 'x', waiting: [{ n: 1 }, { n: 2, text: 'a\ud800' }] };
  const { clean } = printedState(listed, state);
  expect(clean).toEqual({ name: 'x', waiting: [{ n: 1 }, { n: 2, text: 'a\ufffd' }] });
  expect(() => printedState(listed, { name: 'x', waiting: 1 })).toThrow('waiting of the state of keeper is no list');
});
