import { z } from 'zod';
import { contract, derived, instant } from '#contracts';
import { emit, processor, type Message } from '#stream';

/** A small flow for tests of the runtime: pings are re-keyed to people, counted, and after an hour of quiet a person is told asleep. */
export const pings = contract('pings.v1', z.object({ id: z.string(), at: instant, who: z.string(), n: z.int() }), {
  retentionMs: -1,
});
export const known = contract('known.v1', z.object({ ...derived, n: z.int() }), {
  writer: { processor: 'router', rekeyed: true },
  retentionMs: -1,
});
export const naps = contract('naps.v1', z.object({ ...derived, since: instant, count: z.int() }), {
  writer: { processor: 'sleeper', rekeyed: false },
  retentionMs: -1,
});
export const diary = contract('diary.v1', z.object({ ...derived, line: z.string() }), {
  writer: { processor: 'writer', rekeyed: false },
  retentionMs: -1,
});

/** A person's id must be a UUID on the wire. */
export const whoId = (who: string): string => `00000000-0000-4000-8000-${who.padStart(12, '0')}`;

export const router = processor({
  service: 'ingestion',
  name: 'router',
  version: 1,
  inputs: [{ contract: pings, kind: 'source', dedupe: ({ id }) => id }],
  outputs: [{ contract: known, rekeyed: true }],
  decide(state: { n: number } | undefined, message: Message<typeof pings>) {
    if (message.kind === 'wake') return { state };
    if (message.data.n < 0) throw new Error('negative');
    return {
      state: { n: (state?.n ?? 0) + 1 },
      emit: [emit(known, { n: message.data.n }, whoId(message.data.who))],
      tally: { accepted: 1 },
    };
  },
});

interface Sleeper {
  readonly count: number;
  readonly since: number;
  readonly asleep: boolean;
}
const hour = 3_600_000;

export const sleeper = processor({
  service: 'stages',
  name: 'sleeper',
  version: 1,
  inputs: [{ contract: known, kind: 'ordered' }],
  outputs: [{ contract: naps }],
  decide(state: Sleeper | undefined, message: Message<typeof known>) {
    if (message.kind === 'record') return { state: { count: (state?.count ?? 0) + 1, since: message.at, asleep: false } };
    if (state === undefined || state.asleep || message.named < state.since + hour) return { state };
    return {
      state: { ...state, asleep: true },
      emit: [emit(naps, { since: new Date(state.since).toISOString(), count: state.count })],
      tally: { naps: 1 },
    };
  },
  wakeAt: (state: Sleeper) => (state.asleep ? undefined : state.since + hour),
});

/** Reads two inputs: its lines show in which order causes were taken. */
export const writer = processor({
  service: 'milestones',
  name: 'writer',
  version: 1,
  inputs: [
    { contract: known, kind: 'ordered' },
    { contract: naps, kind: 'ordered' },
  ],
  outputs: [{ contract: diary }],
  decide(state: { lines: number; last: number } | undefined, message: Message<typeof known | typeof naps>) {
    if (message.kind === 'wake') return { state };
    const lines = (state?.lines ?? 0) + 1;
    const what = message.topic === 'known.v1' ? `ping ${String(message.data.n)}` : `nap after ${String(message.data.count)}`;
    if (message.at < (state?.last ?? 0)) throw new Error('time went back');
    return {
      state: { lines, last: message.at },
      emit: [emit(diary, { line: `${String(lines)} ${what} at ${new Date(message.at).toISOString()}` })],
    };
  },
});

export const toys = [router, sleeper, writer].map((p) => ({ processor: p, rules: undefined, rulesVersion: '1' }));
