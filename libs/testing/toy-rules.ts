import { z } from 'zod';
import { contract, derived, instant } from '#contracts';
import { emit, processor, type Announcements, type Described, type Message } from '#stream';

/** Versions of the rules. */
export const books = contract('books.v1', z.object({}), { retentionMs: -1 });
export const jobs = contract('jobs.v1', z.object({ id: z.string(), at: instant }), { retentionMs: -1 });
export const steps = contract('steps.v1', z.object({ ...derived, by: z.string(), what: z.string() }), {
  writer: { processor: 'first', rekeyed: false },
  retentionMs: -1,
});
export const ends = contract('ends.v1', z.object({ ...derived, by: z.string(), what: z.string() }), {
  writer: { processor: 'second', rekeyed: false },
  retentionMs: -1,
});

export interface FollowedRules {
  readonly name: string;
  /** How long after a person's last record their timer fires. */
  readonly quietMs: number;
}
export interface FollowerState {
  readonly since: number;
}

/** Says of each record and each wake which rules decided it. */
const first = processor({
  service: 'scoring',
  name: 'first',
  version: 1,
  inputs: [{ contract: jobs, kind: 'source' }],
  outputs: [{ contract: steps }],
  decide: (state: FollowerState | undefined, message: Message<typeof jobs>, { name, quietMs }: FollowedRules) => {
    if (message.kind === 'record')
      return { state: { since: message.at }, emit: [emit(steps, { by: name, what: message.data.id })] };
    if (state === undefined || message.named < state.since + quietMs) return { state };
    return { state: undefined, emit: [emit(steps, { by: name, what: 'quiet' })] };
  },
  wakeAt: ({ since }: FollowerState, { quietMs }: FollowedRules) => since + quietMs,
});

const second = processor({
  service: 'stages',
  name: 'second',
  version: 1,
  inputs: [{ contract: steps, kind: 'ordered' }],
  outputs: [{ contract: ends }],
  decide: (_: FollowerState | undefined, message: Message<typeof steps>, { name }: FollowedRules) =>
    message.kind === 'record'
      ? { state: { since: message.at }, emit: [emit(ends, { by: name, what: `${message.data.by} ${message.data.what}` })] }
      : { state: undefined },
});

const rulesOf = (content: unknown): FollowedRules => content as FollowedRules;
export const followers: readonly Described[] = [first, second].map((one) => ({ processor: one, rulesOf }));
const book = z.object({ from: z.number().optional(), content: z.object({ name: z.string(), quietMs: z.number() }) });
export const announcements = (leadMs: number): Announcements => ({
  contract: books,
  leadMs,
  read: (text) => {
    const { from, content } = book.parse(JSON.parse(text));
    return { version: content.name, from, content };
  },
});
