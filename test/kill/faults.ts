import { services, type Service } from '#contracts';
import { randomOf } from './random.ts';

/**
 * What is done to a process. `at`: a fail point and the pass at which it strikes (counted from a start of the process), or the
 * share of the history's events that are sent when it strikes.
 */
export interface Fault {
  readonly process: string;
  readonly kind: 'kill' | 'stop';
  readonly at: { readonly point: string; readonly pass: number } | { readonly progress: number };
}

export interface Shape {
  /** Kills between publishing and the outbox' delete. */
  readonly killsAfterPublish: number;
  /** Kills within the dialogue with the SMTP server. */
  readonly killsInDelivery: number;
  readonly killsAtRandom: number;
  /** Freezes directly before a transaction and before publishing. */
  readonly stopsAtPoints: number;
  readonly stopsAtRandom: number;
  /** The latest pass at which a fail point strikes: small enough to be reached. */
  readonly latestPass: number;
}

/** Of the replay: two processes per service. */
export const instancesOf = (service: Service): readonly string[] => [`${service}-1`, `${service}-2`];
const processes = services.flatMap(instancesOf);

const deliveryPoints = [
  'after-claim',
  'after-rcpt',
  'after-354-before-marker',
  'after-marker',
  'mid-body',
  'after-dot',
  'after-reply-before-commit',
  'after-worker-commit',
];
/** What the replay's progress is when the last random fault strikes. */
const last = 0.9;

/** The faults of one run, the same for the same seed. */
export function planFaults(seed: number, shape: Shape): Fault[] {
  const { between, pick } = randomOf(seed);
  const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
  const pass = (): number => between(3, shape.latestPass);
  // Each process in turn before any again, the replayer too, so that a fail point is seldom waited for behind another.
  const turn = shuffled([...processes, 'replay'], between);
  const servicesInTurn = turn.filter((name) => name !== 'replay');
  const atPoints: Fault[] = [
    ...times(shape.killsAfterPublish, (i): Fault => ({
      process: turn[i % turn.length] as string,
      kind: 'kill',
      at: { point: 'after-publish', pass: pass() },
    })),
    ...times(shape.killsInDelivery, (i): Fault => ({
      process: `delivery-${String((i % 2) + 1)}`,
      kind: 'kill',
      at: { point: pick(deliveryPoints), pass: between(2, Math.min(8, shape.latestPass)) },
    })),
    ...times(shape.stopsAtPoints, (i): Fault => ({
      // From the other end of the turn: one that nothing else waits for in the short run, and none twice.
      process: servicesInTurn.at(-1 - (i % servicesInTurn.length)) as string,
      kind: 'stop',
      at: { point: pick(['before-commit', 'before-publish']), pass: pass() },
    })),
  ];
  const random = shape.killsAtRandom + shape.stopsAtRandom;
  const kinds = shuffled(
    [...times(shape.killsAtRandom, () => 'kill' as const), ...times(shape.stopsAtRandom, () => 'stop' as const)],
    between,
  );
  const atRandom = kinds.map((kind, i): Fault => ({
    // A frozen replayer holds nobody's partitions: it is only killed.
    process: pick(kind === 'kill' ? [...processes, 'replay', 'replay', 'replay'] : processes),
    kind,
    at: { progress: (last * (i + between(0, 999) / 1_000)) / random },
  }));
  return [...atPoints, ...atRandom];
}

function shuffled<T>(items: readonly T[], between: (least: number, most: number) => number): T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i -= 1) {
    const j = between(0, i);
    [all[i], all[j]] = [all[j] as T, all[i] as T];
  }
  return all;
}

export const told = ({ at }: Fault): string =>
  'point' in at ? `at ${at.point}, pass ${String(at.pass)}` : `at ${(at.progress * 100).toFixed(1)} % of the events`;
