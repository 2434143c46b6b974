import { z } from 'zod';
import { contract, derived } from '#contracts';
import { emit, processor, type Described, type Message } from '#stream';
import { known, router } from './toy.ts';

/** What the rules of a lane make of each ping of a person and of their silence. */
export const marks = contract('marks.v1', z.object({ ...derived, by: z.string(), what: z.string(), points: z.int() }), {
  writer: { processor: 'scorer', rekeyed: false },
  retentionMs: -1,
});
/** From outside, at any time. */
export const nudges = contract('nudges.v1', z.object({ id: z.string(), n: z.int() }), { retentionMs: -1 });
/** What a reader heard of the marks. */
export const heard = contract('heard.v1', z.object({ ...derived, by: z.string(), what: z.string(), points: z.int() }), {
  writer: { processor: 'hearer', rekeyed: false },
  retentionMs: -1,
});

export interface LaneRules {
  readonly name: string;
  readonly weight: number;
  /** How long after a person's last ping they are quiet. */
  readonly quietMs: number;
}
export interface LaneState {
  readonly points: number;
  readonly since: number;
  readonly quiet: boolean;
}

const scorer = processor({
  service: 'scoring',
  name: 'scorer',
  version: 1,
  inputs: [
    { contract: known, kind: 'ordered' },
    { contract: nudges, kind: 'feedback' },
  ],
  outputs: [{ contract: marks }],
  decide: (state: LaneState | undefined, message: Message<typeof known | typeof nudges>, rules: LaneRules) => {
    const { name: by, weight, quietMs } = rules;
    const { points, since, quiet } = state ?? { points: 0, since: 0, quiet: true };
    if (message.kind === 'wake') {
      if (state === undefined || quiet || message.named < since + quietMs) return { state };
      return { state: { points, since, quiet: true }, emit: [emit(marks, { by, what: 'quiet', points })] };
    }
    const now = points + weight * (message.data.n + 1);
    const what = `${message.topic} ${String(message.data.n)}`;
    const pinged = message.topic === 'known.v1';
    return {
      state: { points: now, since: pinged ? message.at : since, quiet: pinged ? false : quiet },
      emit: [emit(marks, { by, what, points: now })],
      tally: { marks: 1 },
    };
  },
  wakeAt: ({ since, quiet }: LaneState, { quietMs }: LaneRules) => (quiet ? undefined : since + quietMs),
});

const hearer = processor({
  service: 'stages',
  name: 'hearer',
  version: 1,
  inputs: [{ contract: marks, kind: 'ordered' }],
  outputs: [{ contract: heard }],
  decide: (state: { readonly n: number } | undefined, message: Message<typeof marks>) => {
    if (message.kind === 'wake') return { state };
    const { by, what, points } = message.data;
    return { state: { n: (state?.n ?? 0) + 1 }, emit: [emit(heard, { by, what, points })] };
  },
});

/** Pings, scored by a first lane and, from an instant on (epoch ms), by a second one; `scorer_b` names its rows. */
export const lanes = (first: LaneRules, second?: { readonly rules: LaneRules; readonly from: number }): readonly Described[] => [
  { processor: router, rules: undefined, rulesVersion: '1' },
  {
    processor: scorer,
    rules: first,
    rulesVersion: first.name,
    ...(second !== undefined && {
      second: { lane: 'scorer_b', from: second.from, rules: second.rules, rulesVersion: second.rules.name },
    }),
  },
  { processor: hearer, rules: undefined, rulesVersion: '1' },
];
