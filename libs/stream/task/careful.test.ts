import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { contract, derived, instant } from '#contracts';
import { MemoryLog, MemoryStore, silent, topology, whoId } from '#testing';
import { emit, onFailPoint, processor, type Message } from '#stream';

const minute = 60_000;
const start = Date.parse('2026-01-01T00:00:00Z');
const jobs = contract('jobs.v1', z.object({ id: z.string(), at: instant, wake: z.boolean() }), { retentionMs: -1 });
const done = contract('done.v1', z.object({ ...derived, what: z.string() }), {
  writer: { processor: 'fragile', rekeyed: false },
  retentionMs: -1,
});

let dead = false;
let deadly: ReadonlySet<string> = new Set();
/** The process dies on it: no step after it happens. */
const die = (): void => {
  dead = true;
};

const fragile = processor({
  service: 'scoring',
  name: 'fragile',
  version: 1,
  inputs: [{ contract: jobs, kind: 'source' }],
  outputs: [{ contract: done }],
  decide(state: { timer?: number; of?: string } | undefined, message: Message<typeof jobs>) {
    const what = message.kind === 'wake' ? `wake of ${String(state?.of)}` : message.data.id;
    if (deadly.has(what)) die();
    return {
      state: message.kind === 'record' && message.data.wake ? { timer: message.at + minute, of: message.data.id } : {},
      emit: [emit(done, { what })],
    };
  },
  wakeAt: ({ timer }: { timer?: number }) => timer,
});

interface Job {
  readonly who: number;
  readonly minute: number;
  readonly wake: boolean;
}

/** Runs, and starts anew after each death, until everything is done; answers how often it died. */
async function run(jobsOf: readonly Job[], kills: readonly string[], options: { batch: number; live: boolean }) {
  const log = new MemoryLog(1);
  const stores = new Map([['fragile', new MemoryStore()]]);
  const described = [{ processor: fragile, rules: undefined, rulesVersion: '1' }];
  deadly = new Set(kills);
  let deaths = 0;
  let written = false;
  const logged: object[] = [];
  const logger = { ...silent, warn: (fields: object) => void logged.push(fields) };
  onFailPoint(() => {
    if (dead) throw new Error('dead');
  });
  for (;;) {
    dead = false;
    const flow = await topology(described, { log, stores, logger, tuning: { batch: options.batch } });
    if (!written) {
      written = true;
      await flow.clock(jobs, options.live ? { clock: 'live' } : { clock: 'driven', at: start });
      for (const [n, { who, minute: m, wake }] of jobsOf.entries()) {
        await flow.replay(jobs, {
          key: whoId(String(who)),
          data: { id: String(n), at: new Date(start + m * minute).toISOString(), wake },
        });
      }
      if (!options.live) await flow.clock(jobs, { clock: 'driven', at: start + 10_000 * minute });
    }
    const finished = (): boolean =>
      flow.status().length === 1 &&
      flow
        .status()
        .every(
          ({ watermark, lagRecords, waitsFor }) =>
            (watermark ?? 0) >= start + 10_000 * minute && lagRecords === 0 && waitsFor === 'nothing',
        );
    for (const end = Date.now() + 50_000; !dead && !finished();) {
      if (Date.now() > end) throw new Error(JSON.stringify(flow.status()));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await flow.kill();
    if (!dead)
      return {
        deaths,
        what: flow
          .read(done)
          .map(({ what }) => what)
          .sort(),
        letters: flow.log.read('test.scoring.dead-letters.v1'),
        logged,
      };
    deaths++;
    if (deaths > 30) throw new Error('it dies for ever');
  }
}

describe('a message on which the process dies', () => {
  afterEach(() => {
    onFailPoint(undefined);
  });

  test('is tried, then becomes a dead letter that says how often; nothing else is lost or repeated', async () => {
    const history = Array.from({ length: 12 }, (_, n) => ({ who: 1 + (n % 3), minute: n * 2, wake: n % 4 === 0 }));
    const { deaths, what, letters } = await run(history, ['5'], { batch: 100, live: false });
    // Three in batches, two alone; one more where the first ownership had committed what came before.
    expect(deaths).toBeLessThanOrEqual(6);
    expect(
      letters.map(({ headers, value }) => [
        headers['hito-dl-attempts'],
        headers['hito-dl-reason'],
        (JSON.parse(String(value)) as { id: string }).id,
      ]),
    ).toEqual([['2', 'the process died on it', '5']]);
    expect(what).toEqual((await run(history, [], { batch: 100, live: false })).what.filter((name) => name !== '5'));
  });

  test('that was a wake is logged with its person under the name that the log hashes', async () => {
    const { logged, what } = await run([{ who: 1, minute: 0, wake: true }], ['wake of 0'], { batch: 100, live: false });
    expect(what).toEqual(['0']);
    expect(logged).toContainEqual(expect.objectContaining({ person_id: whoId('1'), wake_at: '2026-01-01T00:01:00.000Z' }));
    expect(JSON.stringify(logged, (name, value: unknown) => (name === 'person_id' ? '' : value))).not.toContain(whoId('1'));
  });

  const histories = fc
    .array(fc.record({ who: fc.integer({ min: 1, max: 3 }), minute: fc.integer({ min: 0, max: 9 }), wake: fc.boolean() }), {
      minLength: 1,
      maxLength: 12,
    })
    .map((rows) => rows.sort((a, b) => a.minute - b.minute));

  test.each([false, true])('alone is blamed, be it a record or a wake, whatever stands beside it (live: %s)', async (live) => {
    await fc.assert(
      fc.asyncProperty(
        histories,
        fc.nat(),
        fc.nat(),
        fc.boolean(),
        fc.constantFrom(1, 3, 100),
        async (history, a, b, two, batch) => {
          const healthy = (await run(history, [], { batch, live })).what;
          const kills = [...new Set([healthy[a % healthy.length], ...(two ? [healthy[b % healthy.length]] : [])])] as string[];
          const { what, letters } = await run(history, kills, { batch, live });
          // A letter has no place of ours: one who dies after publishing it publishes it again.
          const blamed = [
            ...new Set(
              letters.map(({ headers, value }) =>
                headers['hito-dl-topic'] === 'jobs.v1' ? (JSON.parse(String(value)) as { id: string }).id : 'a wake',
              ),
            ),
          ];
          expect(blamed.filter((name) => name !== 'a wake').sort()).toEqual(
            kills.filter((name) => !name.startsWith('wake')).sort(),
          );
          expect(blamed.includes('a wake') && !kills.some((name) => name.startsWith('wake'))).toBe(false);
          const rest = new Set(what);
          // A record that was refused sets no timer and withdraws none: only wakes may differ.
          expect(
            healthy.filter((name) => !kills.includes(name) && !name.startsWith('wake')).filter((name) => !rest.has(name)),
          ).toEqual([]);
          expect(rest.size).toBe(what.length);
        },
      ),
      { numRuns: 25 },
    );
  });
});
