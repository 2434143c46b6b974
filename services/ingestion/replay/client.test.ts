import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { clockKey, controlHeader, parseSeq, seqHeader, watermarkRecord, type LogRecord, type OutRecord } from '#stream';
import type { Checkpoint } from './checkpoint.ts';
import { until } from '#testing';
import { replay, type Progress, type ReplayParts } from './client.ts';
import type { Order } from './history.ts';
import { recordsOf } from './records.ts';
import { callCount, schedule } from './schedule.ts';

const partitions = 3;
const target = { prefix: 'hito', partitions };
const day = 86_400_000;
const options = { until: Date.parse('2026-10-31') };

const orders = (days: number, perDay: number): Order[] =>
  Array.from({ length: days * perDay }, (_, i) => ({
    line: i + 1,
    customer: String(i % 17),
    day: Math.floor(i / perDay) * day,
    quantity: 1,
    dollars: 1,
  }));

const isClock = (record: OutRecord): boolean => record.headers?.[controlHeader] === 'clock';
const seqOf = (record: OutRecord): number => parseSeq(record.headers?.[seqHeader])?.seq ?? Number.NaN;

/** A log with the rest of the platform behind it: what it sends back on `messages` after a clock record. */
class Platform {
  written: OutRecord[] = [];
  /** Calls that are written and whose tick has not come back. */
  ahead = 0;
  mostAhead = 0;
  lagging: number | undefined;
  muted: number | undefined;
  produceFails: () => boolean = () => false;
  private readonly back: LogRecord[] = [];
  private readonly listeners = new Set<(partition: number, records: readonly LogRecord[]) => void>();
  private readonly watermarks = new Map<number, number>();

  produce = async (records: readonly OutRecord[]): Promise<void> => {
    await Promise.resolve();
    const fails = this.produceFails();
    this.written.push(...(fails ? records.slice(0, records.length / 2) : records));
    if (fails) throw new Error('the broker is away');
    this.measure();
    for (const record of records) if (isClock(record)) this.answer(record);
  };

  tail: ReplayParts['log']['tail'] = (_topic, _options, onRecords) => {
    for (const record of this.back) onRecords(0, [record]);
    this.listeners.add(onRecords);
    return Promise.resolve({ stop: () => Promise.resolve(void this.listeners.delete(onRecords)) });
  };

  private answer({ partition, value }: OutRecord): void {
    if (partition === this.muted) return;
    const at = Date.parse((JSON.parse(String(value)) as { at: string }).at);
    setTimeout(
      () => {
        this.watermarks.set(partition, at);
        const {
          key,
          value: text,
          headers,
        } = watermarkRecord({ origin: `orchestration/${String(partition)}`, at, clock: 'driven' });
        const record: LogRecord = { offset: 0, key, value: Buffer.from(text), headers };
        this.back.push(record);
        this.measure();
        for (const listener of this.listeners) listener(partition, [record]);
      },
      partition === this.lagging ? 3 : 0,
    );
  }

  private measure(): void {
    const slowest = Math.min(...Array.from({ length: partitions }, (_, p) => this.watermarks.get(p) ?? 0));
    const out = new Map(
      this.written
        .filter((r) => !isClock(r))
        .map((r) => [seqOf(r), Date.parse((JSON.parse(String(r.value)) as { at: string }).at)]),
    );
    this.ahead = [...out.values()].filter((at) => at >= slowest).length;
    this.mostAhead = Math.max(this.mostAhead, this.ahead);
  }

  /** What the runtime takes: of each partition only what lies above everything before it. */
  get taken(): OutRecord[][] {
    return Array.from({ length: partitions }, (_, p) => {
      let highest = 0;
      return this.written.filter((record) => {
        if (record.partition !== p || seqOf(record) <= highest) return false;
        highest = seqOf(record);
        return true;
      });
    });
  }
}

function run(platform: Platform, history: Order[], more: Partial<ReplayParts> = {}) {
  const progress: Progress[] = [];
  let checkpoint = more.checkpoint ?? { history: 'h', until: 'u', position: 0, done: false };
  const done = replay({
    log: platform,
    target,
    ticks: schedule(history, options),
    total: callCount(history),
    ahead: { calls: 20, ticks: 4 },
    checkpoint,
    save: (state) => {
      checkpoint = state;
    },
    progress: (line) => progress.push(line),
    logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    signal: new AbortController().signal,
    ...more,
  });
  return { done, progress, checkpoint: (): Checkpoint => checkpoint };
}

const whole = (history: Order[]): OutRecord[][] => {
  const all = [...schedule(history, options)].flatMap((tick) => recordsOf(tick, target));
  return Array.from({ length: partitions }, (_, p) => all.filter((record) => record.partition === p));
};

describe('the replayer', () => {
  test('writes the schedule: calls by their key, clock records into every partition, positions growing in each', async () => {
    const platform = new Platform();
    const history = orders(10, 5);
    const { done, progress, checkpoint } = run(platform, history);
    await done;
    expect(platform.taken).toEqual(whole(history));
    expect(platform.written).toEqual(
      platform.taken.flat().sort((a, b) => platform.written.indexOf(a) - platform.written.indexOf(b)),
    );
    for (const records of platform.taken) {
      expect(records[0]?.key).toBe(clockKey);
      expect(records.at(-1)?.key).toBe(clockKey);
    }
    expect(checkpoint()).toMatchObject({ done: true });
    expect(progress.at(-1)).toEqual({ virtual: '2026-11-01T00:00:00.000Z', events: 50 + 17, total: 50 + 17, ticks: 12 });
  });

  test('says of every call that it is replayed, and when it arrived', async () => {
    const platform = new Platform();
    await run(platform, orders(1, 1)).done;
    const calls = platform.written
      .filter((record) => !isClock(record))
      .map((record) => JSON.parse(String(record.value)) as unknown);
    expect(calls).toEqual([
      expect.objectContaining({
        type: 'identify',
        replayed: true,
        source: 'replay',
        at: '2026-10-31T12:00:00.000Z',
        occurred_at: '2026-10-31T12:00:00.000Z',
      }),
      expect.objectContaining({
        type: 'track',
        replayed: true,
        source: 'replay',
        at: '2026-10-31T12:00:00.000Z',
        message_id: 'order-1',
      }),
    ]);
  });

  test.each([undefined, 1])('is never further ahead than told of the slowest origin (lagging: %s)', async (lagging) => {
    const platform = new Platform();
    platform.lagging = lagging;
    await run(platform, orders(40, 7)).done;
    expect(platform.mostAhead).toBeLessThanOrEqual(20);
    expect(platform.mostAhead).toBeGreaterThan(7);
  });

  test('is never more ticks ahead than told', async () => {
    const platform = new Platform();
    await run(platform, orders(40, 1), { ahead: { calls: 20_000, ticks: 4 } }).done;
    expect(platform.mostAhead).toBeLessThanOrEqual(2 * 4);
  });

  test('sends an instant that exceeds the bound whole, and alone', async () => {
    const platform = new Platform();
    await run(platform, orders(3, 50)).done;
    expect(platform.mostAhead).toBe(50 + 17);
  });

  test('waits for every origin: one that never answers holds it', async () => {
    const platform = new Platform();
    const stop = new AbortController();
    platform.muted = 2;
    const { done, checkpoint } = run(platform, orders(40, 7), { signal: stop.signal });
    await until(() => platform.written.some((record) => !isClock(record)));
    // The others come back within a few turns: when nothing moves any more, the silent one is waited for.
    for (let before = -1, still = 0; still < 30; still = platform.written.length === before ? still + 1 : 0) {
      before = platform.written.length;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    stop.abort();
    await done;
    expect(checkpoint().done).toBe(false);
    expect(platform.written.filter((record) => !isClock(record)).length).toBeLessThanOrEqual(20);
  });
});

test('whatever fails and wherever it is stopped, what is taken is the whole schedule, once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 4 }),
      fc.integer({ min: 3, max: 9 }),
      fc.boolean(),
      async (stops, failEvery, lose) => {
        const platform = new Platform();
        let produced = 0;
        let stopAt = 0;
        let stop = new AbortController();
        platform.produceFails = () => {
          produced += 1;
          if (produced === stopAt) stop.abort();
          return produced % failEvery === 0;
        };
        const history = orders(6, 6);
        let checkpoint: Checkpoint | undefined;
        for (const after of [...stops, Number.POSITIVE_INFINITY]) {
          stop = new AbortController();
          stopAt = produced + after;
          const previous = checkpoint;
          const attempt = run(platform, history, { ...(checkpoint === undefined ? {} : { checkpoint }), signal: stop.signal });
          await attempt.done;
          checkpoint = lose && !attempt.checkpoint().done ? previous : attempt.checkpoint();
        }
        expect(checkpoint?.done).toBe(true);
        expect(platform.taken).toEqual(whole(history));
      },
    ),
    { numRuns: 12 },
  );
});
