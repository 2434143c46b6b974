import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { contract, derived, instant } from '#contracts';
import { afterCommits, MemoryLog, MemoryStore, survivor, topology, whoId, type Topology } from '#testing';
import { emit, partitionOf, processor, type Message } from '#stream';

const start = Date.parse('2026-01-01T00:00:00Z');
const minute = 60_000;
const iso = (at: number): string => new Date(at).toISOString();
/** Of the members that one wake tells. */
const portion = 2;
/** Members at which a club celebrates. */
const every = 5;

const joins = contract('joins.v1', z.object({ id: z.string(), at: instant, club: z.string() }), { retentionMs: -1 });
const clubJoins = contract('club-joins.v1', z.object({ ...derived, club_id: z.string() }), {
  keyField: 'club_id',
  writer: { processor: 'people', rekeyed: true },
  retentionMs: -1,
});
const cheers = contract('cheers.v1', z.object({ ...derived, club_id: z.string(), members: z.int() }), {
  writer: { processor: 'clubs', rekeyed: true },
  retentionMs: -1,
});
const notes = contract('notes.v1', z.object({ ...derived, line: z.string() }), {
  writer: { processor: 'readers', rekeyed: false },
  retentionMs: -1,
});

/** From the person to the club. */
const people = processor({
  service: 'scoring',
  name: 'people',
  version: 1,
  inputs: [{ contract: joins, kind: 'source' }],
  outputs: [{ contract: clubJoins, rekeyed: true }],
  decide: (state: { readonly joined: number } | undefined, message: Message<typeof joins>) =>
    message.kind === 'wake'
      ? { state }
      : {
          state: { joined: (state?.joined ?? 0) + 1 },
          emit: [emit(clubJoins, { person_id: message.key }, message.data.club)],
        },
});

interface Club {
  readonly members: readonly string[];
  /** How many of the members have been told of which celebration, and when the next of them are. */
  readonly telling: readonly { readonly members: number; readonly told: number }[];
  readonly next: number | undefined;
}

/** Counts the members of a club, and back to each of them: what is more than one decision emits goes on in wakes. */
const clubs = processor({
  service: 'milestones',
  name: 'clubs',
  version: 1,
  inputs: [{ contract: clubJoins, kind: 'ordered' }],
  outputs: [{ contract: cheers, rekeyed: true }],
  decide: (state: Club | undefined, message: Message<typeof clubJoins>) => {
    const { members, telling, next } = state ?? { members: [], telling: [], next: undefined };
    if (message.kind === 'record') {
      const { person_id } = message.data;
      if (members.includes(person_id)) return { state };
      const now = [...members, person_id];
      if (now.length % every !== 0) return { state: { members: now, telling, next } };
      return {
        state: { members: now, telling: [...telling, { members: now.length, told: 0 }], next: next ?? message.at + 1 },
      };
    }
    const [first, ...rest] = telling;
    if (first === undefined || next === undefined || message.named < next) return { state };
    const told = Math.min(first.members, first.told + portion);
    const left = told < first.members ? [{ ...first, told }, ...rest] : rest;
    return {
      state: { members, telling: left, next: left.length === 0 ? undefined : message.named + 1 },
      emit: members
        .slice(first.told, told)
        .map((member) => emit(cheers, { club_id: message.key, members: first.members }, member)),
    };
  },
  wakeAt: ({ next }: Club) => next,
});

/** At home with the person again. */
const readers = processor({
  service: 'orchestration',
  name: 'readers',
  version: 1,
  inputs: [{ contract: cheers, kind: 'ordered' }],
  outputs: [{ contract: notes }],
  decide: (state: { readonly heard: number } | undefined, message: Message<typeof cheers>) =>
    message.kind === 'wake'
      ? { state }
      : {
          state: { heard: (state?.heard ?? 0) + 1 },
          emit: [emit(notes, { line: `${message.data.club_id} has ${String(message.data.members)}` })],
        },
});

const described = [people, clubs, readers].map((one) => ({ processor: one, rules: undefined, rulesVersion: '1' }));

test('a hop to a club and back counts each member once and tells each, whatever dies when', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ who: fc.integer({ min: 1, max: 25 }), club: fc.constantFrom('chess', 'go') }), { maxLength: 60 }),
      fc.array(fc.integer({ min: 1, max: 25 }), { maxLength: 3 }),
      fc.integer({ min: 1, max: 9 }),
      async (history, kills, fetched) => {
        const log = new MemoryLog(3, () => fetched);
        const stores = new Map(described.map(({ processor: { name } }) => [name, new MemoryStore()]));
        const run = (): Promise<Topology> => topology(described, { log, stores });
        let flow = await run();
        const replayer = flow;
        await replayer.clock(joins, { clock: 'driven', at: start });
        await replayer.replay(
          joins,
          ...history.map(({ who, club }, n) => ({
            key: whoId(String(who)),
            data: { id: String(n), at: iso(start + n * minute), club },
          })),
        );
        flow = await survivor(flow, afterCommits(kills), run);
        await replayer.clock(joins, { clock: 'driven', at: start + 100 * minute });
        await flow.reached(start + 100 * minute);
        await flow.stop();

        const members = new Map<string, string[]>();
        const expected: string[] = [];
        for (const { who, club } of history) {
          const of = members.get(club) ?? [];
          members.set(club, of);
          if (of.includes(whoId(String(who)))) continue;
          of.push(whoId(String(who)));
          if (of.length % every === 0) expected.push(...of.map((member) => `${member} ${club} has ${String(of.length)}`));
        }
        const said = flow.read(notes).map(({ person_id, line }) => `${person_id} ${line}`);
        expect(said.sort()).toEqual(expected.sort());
        // Each hop lies where its key belongs.
        for (const name of ['club-joins.v1', 'cheers.v1'])
          for (const [partition, records] of (log.topics.get(`test.${name}`) ?? []).entries())
            for (const { key, headers } of records)
              if (key !== null && headers['hito-control'] === undefined) expect(partitionOf(key, 3)).toBe(partition);
        for (const { club_id, person_id } of flow.read(clubJoins)) {
          expect(['chess', 'go']).toContain(club_id);
          expect(person_id).toMatch(/^00000000-/);
        }
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);
