import type { Patch } from './build.ts';
import { instancesOf, planFaults, type Fault } from './faults.ts';
import type { Part } from './history.ts';

export interface Scenario {
  readonly faults: readonly Fault[];
  readonly part: Part | 'whole';
  readonly partitions: number;
  /** Ticks that the replayer may be ahead: few make it slow and the transactions small. */
  readonly aheadTicks: number;
  /** Promises taken out of the program. */
  readonly patches: readonly Patch[];
  /** Given up after so long without a move, ms, and in any case at the limit; what holds and what does not is told all the same. */
  readonly stillMs: number;
  readonly limitMs: number;
  /** How long /metrics may take to agree with the summary, ms. */
  readonly metricsMs: number;
}

/** A frozen owner sleeps for 11 s, its task is taken over after its session: nothing that works stands still for so long. */
const stillMs = 120_000;
const metricsMs = 120_000;

/** The whole history, 10 kills between publishing and the outbox' delete, 10 at random, 3 in the dialogue with the SMTP server, 10 freezes. */
export const full = (seed: number): Scenario => ({
  faults: planFaults(seed, {
    killsAfterPublish: 10,
    killsInDelivery: 3,
    killsAtRandom: 10,
    stopsAtPoints: 4,
    stopsAtRandom: 6,
    latestPass: 60,
  }),
  part: 'whole',
  partitions: 12,
  aheadTicks: 16,
  patches: [],
  stillMs,
  limitMs: 60 * 60_000,
  metricsMs,
});

/** Two hundred customers, 5 kills, 2 freezes. */
export const short = (seed: number): Scenario => ({
  faults: planFaults(seed, {
    killsAfterPublish: 2,
    killsInDelivery: 1,
    killsAtRandom: 2,
    stopsAtPoints: 1,
    stopsAtRandom: 1,
    latestPass: 25,
  }),
  part: { nth: 12 },
  partitions: 4,
  aheadTicks: 16,
  patches: [],
  stillMs,
  limitMs: 14 * 60_000,
  metricsMs,
});

/**
 * A platform without one of its promises. It may never come through, and stand still; its metrics may never agree, and the summary alone
 * judges it. All faults strike within the first two months of the history: what comes after the fourth is left out.
 */
const broken = (): Scenario => ({
  ...short(0),
  part: { nth: 12, before: '19970501' },
  stillMs: 45_000,
  metricsMs: 0,
});

/** Owners frozen directly before a transaction wake up after their partitions have moved, and nothing keeps them from writing. */
export const withoutFence = (): Scenario => ({
  ...broken(),
  faults: (['ingestion', 'stages', 'milestones', 'orchestration'] as const).flatMap((service, i) =>
    instancesOf(service).map((process, n): Fault => ({
      process,
      kind: 'stop',
      at: { point: 'before-commit', pass: 20 + 4 * i + 25 * n },
    })),
  ),
  patches: [
    {
      file: 'libs/stream/postgres/commit.js',
      find: "and owner_epoch = ${parameter(epoch, 'bigint')} and txn = ${parameter(commit.txn, 'bigint')} returning 1)",
      replace: "and ${parameter(epoch, 'bigint')} > 0 and ${parameter(commit.txn, 'bigint')} >= 0 returning 1)",
    },
    {
      file: 'libs/stream/postgres/store.js',
      find: "where processor = $1 and partition = $2 and owner_epoch = $3 and txn = $4 returning 1'",
      replace: "where processor = $1 and partition = $2 and $3::bigint > 0 and $4::bigint >= 0 returning 1'",
    },
  ],
});

/** Owners die when the broker has their messages and before they have noted it: copies come, and nobody drops them. */
export const withoutSeq = (): Scenario => ({
  ...broken(),
  faults: instancesOf('ingestion').flatMap((process, i) =>
    [20, 30].map((pass): Fault => ({ process, kind: 'kill', at: { point: 'after-publish', pass: pass + 15 * i } })),
  ),
  patches: [
    {
      file: 'libs/stream/input/input-buffer.js',
      find: '        if (!after(seq, stream.last)) {',
      replace: '        if (false) {',
    },
  ],
});
