import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { contract, derived, instant } from '#contracts';
import { MemoryLog, MemoryStore, topology, until, whoId, type Topology } from '#testing';
import { emit, onFailPoint, processor, type Message } from '#stream';
import type { Commit } from '#stream/runtime';

const minute = 60_000;
const start = Date.parse('2026-01-01T00:00:00Z');
const end = start + 100 * minute;
const jobs = contract('jobs.v1', z.object({ id: z.string(), at: instant }), { retentionMs: -1 });
const done = contract('done.v1', z.object({ ...derived, what: z.string() }), {
  writer: { processor: 'p', rekeyed: false },
  retentionMs: -1,
});
const described = {
  rules: undefined,
  rulesVersion: '1',
  processor: processor({
    service: 'scoring',
    name: 'p',
    version: 1,
    inputs: [{ contract: jobs, kind: 'source' }],
    outputs: [{ contract: done }],
    decide(state: { readonly did: readonly string[] } | undefined, message: Message<typeof jobs>) {
      if (message.kind === 'wake') return { state };
      const { id } = message.data;
      return { state: { did: [...(state?.did ?? []), id] }, emit: [emit(done, { what: id })], tally: { taken: 1 } };
    },
  }),
};

const count = 24;
const all = Array.from({ length: count }, (_, n) => String(n));
const given = all.map((id, n) => ({
  key: whoId(String(n % 5)),
  data: { id, at: new Date(start + n * minute).toISOString() },
}));

/** A database that refuses states with a poisoned job; `held`, where there is one, is awaited before each commit of this epoch. */
class Picky extends MemoryStore {
  refusals = 0;
  held: { readonly epoch: number; readonly until: Promise<void> } | undefined;

  constructor(private readonly poisoned: readonly string[]) {
    super();
  }

  override async commit(commit: Commit): Promise<boolean> {
    if (this.held?.epoch === commit.task.epoch) await this.held.until;
    const text = JSON.stringify(commit.states.map(({ state }) => state));
    if (!this.poisoned.some((id) => text.includes(`"${id}"`))) return super.commit(commit);
    this.refusals++;
    throw Object.assign(new Error('unsupported Unicode escape sequence'), { code: '22P05' });
  }
}

const installation = (poisoned: readonly string[], batch: number) => {
  const store = new Picky(poisoned);
  const options = { log: new MemoryLog(1), stores: new Map([['p', store]]), tuning: { batch }, partitions: 1 };
  return { store, owner: (): Promise<Topology> => topology([described], options) };
};

async function fed(flow: Topology): Promise<void> {
  await flow.clock(jobs, { clock: 'driven', at: start });
  await flow.replay(jobs, ...given);
  await flow.clock(jobs, { clock: 'driven', at: end });
}

/** The last owner ends the work: nobody's record is lost or taken twice, each culprit is one dead letter. */
async function settled(flow: Topology, store: Picky, poisoned: readonly string[], copies: boolean): Promise<void> {
  await flow.reached(end);
  await flow.stop();
  const good = all.filter((id) => !poisoned.includes(id));
  expect(flow.read(done).map(({ what }) => what)).toEqual(good);
  expect(
    store
      .all('p')
      .flatMap(({ state }) => (state as { did: string[] }).did)
      .toSorted(),
  ).toEqual(good.toSorted());
  expect(store.tallies('p')).toEqual({
    taken: good.length,
    ...(poisoned.length > 0 && { dead_letters: poisoned.length, 'dead_letter.data': poisoned.length }),
  });
  const letters = flow.log
    .read('test.scoring.dead-letters.v1')
    .map(({ value }) => (JSON.parse(String(value)) as { id: string }).id);
  // A letter has no place of ours: one who dies between publishing it and knowing that publishes it again.
  expect((copies ? [...new Set(letters)] : letters).toSorted()).toEqual(poisoned.toSorted());
}

const points = ['after-acquire', 'before-commit', 'after-commit', 'before-publish', 'after-publish', 'after-refusal'] as const;
const deaths = fc.array(fc.record({ point: fc.constantFrom(...points), pass: fc.integer({ min: 1, max: 6 }) }), {
  minLength: 1,
  maxLength: 2,
});
const poisons = fc.uniqueArray(fc.constantFrom(...all), { minLength: 1, maxLength: 3 });

describe('while the record is looked for that the database refuses', () => {
  afterEach(() => {
    onFailPoint(undefined);
  });

  test('owners that die at any step leave one dead letter, and everybody else taken once', async () => {
    const died = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(poisons, fc.constantFrom(4, 24, 4_000), deaths, async (poisoned, batch, ends) => {
        const { store, owner } = installation(poisoned, batch);
        let first = true;
        for (const { point, pass } of ends) {
          let left = pass;
          let dead = false;
          onFailPoint((name) => {
            // One that is dead does nothing more; before the first refusal nothing is looked for.
            if (!dead && (store.refusals === 0 || name !== point || --left > 0)) return;
            if (!dead) died.set(point, (died.get(point) ?? 0) + 1);
            dead = true;
            throw Object.assign(new Error('killed'), { syscall: 'kill' });
          });
          const flow = await owner();
          if (first) await fed(flow);
          first = false;
          await Promise.race([until(() => dead), flow.reached(end)]);
          await flow.kill();
        }
        onFailPoint(undefined);
        await settled(await owner(), store, poisoned, true);
      }),
      {
        numRuns: 40,
        examples: points.map((point) => [
          ['7'],
          24,
          [...(point === 'after-acquire' ? [{ point: 'after-refusal', pass: 1 } as const] : []), { point, pass: 1 }],
        ]),
      },
    );
    expect([...died.keys()].toSorted()).toEqual(points.toSorted());
  });

  test('an owner that is frozen before a commit, and wakes when another has the task, writes nothing more', async () => {
    await fc.assert(
      fc.asyncProperty(poisons, fc.integer({ min: 1, max: 6 }), async (poisoned, refusals) => {
        const { store, owner } = installation(poisoned, 24);
        let thaw = (): void => undefined;
        let frozen = false;
        onFailPoint((name) => {
          if (frozen || name !== 'before-commit' || store.refusals < refusals) return;
          frozen = true;
          store.held = {
            epoch: 1,
            until: new Promise((resolve) => {
              thaw = resolve;
            }),
          };
        });
        const old = await owner();
        await fed(old);
        await Promise.race([until(() => frozen), old.reached(end)]);
        const next = await owner();
        if (frozen) await until(() => store.row('p', 0).task.epoch === 2);
        thaw();
        await old.kill();
        onFailPoint(undefined);
        await settled(next, store, poisoned, true);
      }),
      { numRuns: 15 },
    );
  });

  test('the culprit is one dead letter on the log where nobody dies', async () => {
    const { store, owner } = installation(['7', '8', '23'], 24);
    const flow = await owner();
    await fed(flow);
    await settled(flow, store, ['7', '8', '23'], false);
  });
});
