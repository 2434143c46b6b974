import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { contract, derived, instant, type Contract } from '#contracts';
import {
  diary,
  known,
  MemoryLog,
  MemoryStore,
  naps,
  pings,
  replayRecords,
  router,
  sleeper,
  toyEnd,
  toyResult,
  toys,
  toyStart,
  topology,
  until,
  whoId,
  writer,
  type Topology,
} from '#testing';
import {
  emit,
  parseSeq,
  parseWatermark,
  partitionOf,
  processor,
  seqHeader,
  seqText,
  watermarkRecord,
  type Message,
} from '#stream';

const hour = 3_600_000;
const iso = (at: number): string => new Date(at).toISOString();
const describedAs = (...processors: readonly { name: string }[]) =>
  toys.filter(({ processor: p }) => processors.some(({ name }) => name === p.name));
const lines = (flow: Topology): string[] => flow.read(diary).map(({ line }) => line);

/** Lets the event loop come round: the log in memory hands over one portion at each. */
async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve));
}

/** Writes as another processor would: with its origin's places and watermarks. */
function origin(flow: Topology, name: string, incarnation = 1) {
  let seq = 0;
  const topic = (c: Contract): string => `test.${c.name}`;
  return {
    async says(contract_: Contract, person: string, at: number, data: object): Promise<void> {
      seq++;
      const value = JSON.stringify({
        id: whoId(String(900_000 + seq)),
        person_id: person,
        at: iso(at),
        cause: { id: 'x' },
        ...data,
      });
      await flow.log.produce([
        { topic: topic(contract_), partition: 0, key: person, value, headers: { [seqHeader]: seqText(name, incarnation, seq) } },
      ]);
    },
    async reaches(contract_: Contract, at: number, clock: 'driven' | 'live'): Promise<void> {
      await flow.log.produce([{ topic: topic(contract_), partition: 0, ...watermarkRecord({ origin: name, at, clock }) }]);
    },
  };
}

/** Records that an origin wrote behind a watermark of its own that is later than they are. */
const beforeTheirWatermark = (flow: Topology, { name }: Contract): string[] =>
  (flow.log.topics.get(`test.${name}`) ?? []).flatMap((records) => {
    const reached = new Map<string, number>();
    return records.flatMap((record) => {
      const mark = record.headers['hito-control'] === 'watermark' ? parseWatermark(record) : undefined;
      if (mark !== undefined) reached.set(mark.origin, Math.max(mark.at, reached.get(mark.origin) ?? -Infinity));
      const origin_ = parseSeq(record.headers[seqHeader])?.origin;
      if (origin_ === undefined) return [];
      const { at } = JSON.parse(String(record.value)) as { at: string };
      return Date.parse(at) < (reached.get(origin_) ?? -Infinity) ? [`${origin_} ${at}`] : [];
    });
  });

describe('time', () => {
  test('an idle partition does not hold time back', async () => {
    const flow = await topology(toys, { partitions: 4 });
    await flow.log.produce(
      replayRecords('test', 4, [
        { who: '1', minute: 0 },
        { who: '1', minute: 10 },
      ]),
    );
    await flow.reached(toyEnd);
    await flow.stop();
    expect(flow.read(naps)).toHaveLength(1);
  });

  test('a lagging partition does: behind a re-keyed hop nobody concludes anything before it has spoken', async () => {
    const flow = await topology(toys, { partitions: 2 });
    const who = ['1', '2', '3', '4'].find((w) => partitionOf(w, 2) === 0) ?? '';
    const records = replayRecords('test', 2, [{ who, minute: 0 }]);
    await flow.log.produce(records.filter(({ partition }) => partition === 0));
    await until(
      () => flow.status().find(({ processor: p, partition }) => p === 'router' && partition === 0)?.watermark === toyEnd,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(flow.read(naps)).toEqual([]);
    const sleepers = flow.status().filter(({ processor: p }) => p === 'sleeper');
    expect(sleepers.map(({ watermark, waitsFor }) => [watermark, waitsFor])).toContainEqual([
      undefined,
      'input known.v1 of router/1',
    ]);
    await flow.log.produce(records.filter(({ partition }) => partition === 1));
    await flow.reached(toyEnd);
    await flow.stop();
    expect(flow.read(naps)).toHaveLength(1);
  });

  test('a stopped origin of a re-keyed hop holds time, and the inputs that nobody waits for fill no memory', async () => {
    const flow = await topology(describedAs(writer), { partitions: 1, portion: () => 50, tuning: { bufferRecords: 200 } });
    const [router0, sleeper0] = [origin(flow, 'router/0'), origin(flow, 'sleeper/0')];
    await router0.reaches(known, toyStart, 'driven');
    await sleeper0.reaches(naps, toyStart, 'driven');
    for (let n = 0; n < 3_000; n++) await sleeper0.says(naps, whoId('1'), toyStart + n, { since: iso(toyStart), count: n });
    await sleeper0.reaches(naps, toyStart + 10_000, 'driven');
    await until(() => flow.fetched('writer', naps) > 200);
    await turns(200);
    expect(lines(flow)).toEqual([]);
    const [status] = flow.status();
    expect(status?.waitsFor).toBe('input known.v1 of router/0');
    expect(flow.fetched('writer', naps)).toBeLessThan(500);
    await router0.reaches(known, toyStart + 20_000, 'driven');
    await until(() => lines(flow).length === 3_000);
    await flow.stop();
  });

  test('an input that is waited for is read on, however full its buffer', async () => {
    const flow = await topology(describedAs(writer), { partitions: 2, portion: () => 50, tuning: { bufferRecords: 200 } });
    const [router0, router1, sleeper0] = [origin(flow, 'router/0'), origin(flow, 'router/1'), origin(flow, 'sleeper/0')];
    await sleeper0.reaches(naps, toyStart, 'driven');
    await router1.reaches(known, toyStart + 10_000, 'driven');
    await router0.says(known, whoId('1'), toyStart + 5_000, { n: 0 });
    for (let n = 1; n <= 1_000; n++) await router0.says(known, whoId('1'), toyStart + 20_000 + n, { n });
    await router0.reaches(known, toyStart + hour, 'driven');
    await router1.reaches(known, toyStart + hour, 'driven');
    // The first record waits for the other input, and this one is full meanwhile.
    await until(() => flow.fetched('writer', known) > 200);
    await turns(200);
    expect(flow.fetched('writer', known)).toBeLessThan(500);
    await sleeper0.reaches(naps, toyStart + hour, 'driven');
    await until(
      () => lines(flow).length === 1_001,
      () => JSON.stringify(flow.status()),
    );
    await flow.stop();
  });

  test('a task is driven while any of its origins is', async () => {
    const flow = await topology(describedAs(writer), { partitions: 2 });
    const [router0, router1, sleeper0] = [origin(flow, 'router/0'), origin(flow, 'router/1'), origin(flow, 'sleeper/0')];
    await router0.reaches(known, toyStart, 'live');
    await sleeper0.reaches(naps, toyStart, 'live');
    await router1.reaches(known, toyStart, 'driven');
    await router0.says(known, whoId('1'), toyStart + hour, { n: 1 });
    const own = () => flow.status().find(({ partition }) => partition === 0);
    await until(() => own()?.watermark === toyStart);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([own()?.clock, own()?.waitsFor, lines(flow)]).toEqual(['driven', 'input known.v1 of router/1', []]);
    await router1.reaches(known, toyStart, 'live');
    await until(() => lines(flow).length === 1);
    expect(own()?.clock).toBe('live');
    await flow.stop();
  });

  test('live, time is the moment before the question where the log ends, not that of the answer', async () => {
    let clock = toyStart;
    const answers: (() => void)[] = [];
    let ask = (): void => undefined;
    class SlowLog extends MemoryLog {
      slow = false;
      override async ends(topics: readonly string[]): Promise<Map<string, number[]>> {
        if (this.slow) {
          ask();
          await new Promise<void>((resolve) => answers.push(resolve));
        }
        return super.ends(topics);
      }
    }
    const log = new SlowLog(1);
    const flow = await topology(describedAs(router), { log, now: () => clock, tuning: { idleMs: 0 } });
    await flow.clock(pings, { clock: 'live' });
    await until(() => flow.status()[0]?.watermark === toyStart);
    const asked = new Promise<void>((resolve) => (ask = resolve));
    clock = toyStart + 60_000;
    await until(() => flow.status()[0]?.watermark === toyStart + 60_000);
    log.slow = true;
    await asked;
    clock = toyStart + hour;
    answers.shift()?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(flow.status()[0]?.watermark).toBe(toyStart + 60_000);
    log.slow = false;
    for (const answer of answers) answer();
    await flow.stop();
  });

  test('an input whose topic has no leader does not stop the time of the others', async () => {
    class Leaderless extends MemoryLog {
      override ends(topics: readonly string[]): Promise<Map<string, number[]>> {
        if (topics.includes('test.remarks.v1') && this.lost) return Promise.reject(new Error('no leader'));
        return super.ends(topics);
      }
      lost = false;
    }
    const log = new Leaderless(1);
    let clock = toyStart;
    const remarks = contract('remarks.v1', z.object({ ...derived }), { retentionMs: -1 });
    const listener = processor({
      service: 'ingestion',
      name: 'listener',
      version: 1,
      inputs: [
        { contract: pings, kind: 'source' },
        { contract: remarks, kind: 'feedback' },
      ],
      outputs: [],
      decide: (_state: undefined, _message: Message<typeof pings | typeof remarks>) => ({ state: undefined }),
    });
    const flow = await topology([{ processor: listener, rules: undefined, rulesVersion: '1' }], { log, now: () => clock });
    await flow.clock(pings, { clock: 'live' });
    await until(() => flow.status()[0]?.watermark === toyStart);
    log.lost = true;
    clock = toyStart + hour;
    await until(
      () => flow.status()[0]?.watermark === toyStart + hour,
      () => JSON.stringify(flow.status()),
    );
    await flow.stop();
  });

  test("a person's time never goes back, live or driven, whatever outsiders' clocks say", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ who: fc.constantFrom('1', '2'), at: fc.integer({ min: 0, max: 300 }) }), {
          minLength: 1,
          maxLength: 30,
        }),
        fc.constantFrom('driven', 'live', 'late'),
        fc.integer({ min: 1, max: 4 }),
        async (rows, how, portion) => {
          const live = how !== 'driven';
          const flow = await topology(toys, { partitions: 2, portion: () => portion });
          await flow.clock(pings, live ? { clock: 'live' } : { clock: 'driven', at: toyStart });
          // Some come when time is past them already.
          if (how === 'late') await flow.reached(toyEnd + 1);
          // Outsiders' records, unordered: no place in any replay.
          await flow.log.produce(
            rows.map(({ who, at }, n) => ({
              topic: 'test.pings.v1',
              partition: partitionOf(who, 2),
              key: who,
              value: JSON.stringify({ id: String(n), at: iso(toyStart + at * 60_000), who, n }),
              headers: {},
            })),
          );
          if (!live) await flow.clock(pings, { clock: 'driven', at: toyEnd });
          await flow.reached(toyEnd);
          await until(
            () => lines(flow).length === rows.length + flow.read(naps).length,
            () => JSON.stringify(flow.status()),
          );
          await flow.stop();
          for (const contract_ of [known, naps, diary]) {
            const last = new Map<string, string>();
            for (const { person_id, at } of flow.read(contract_)) {
              expect(at >= (last.get(person_id) ?? '')).toBe(true);
              last.set(person_id, at);
            }
            expect(beforeTheirWatermark(flow, contract_)).toEqual([]);
          }
          expect(flow.log.read('test.milestones.dead-letters.v1')).toEqual([]);
        },
      ),
      { numRuns: 15 },
    );
  });

  test("driven, outsiders' records are taken at the task's time, and order nothing", async () => {
    const flow = await topology(describedAs(router), { partitions: 1 });
    await flow.clock(pings, { clock: 'driven', at: toyStart + hour });
    await flow.log.produce([
      {
        topic: 'test.pings.v1',
        partition: 0,
        key: '1',
        value: JSON.stringify({ id: 'old', at: iso(toyStart), who: '1', n: 1 }),
        headers: {},
      },
    ]);
    await flow.log.produce([
      {
        topic: 'test.pings.v1',
        partition: 0,
        key: '1',
        value: JSON.stringify({ id: 'new', at: iso(toyStart + 9 * hour), who: '1', n: 2 }),
        headers: {},
      },
    ]);
    await flow.clock(pings, { clock: 'driven', at: toyStart + 2 * hour });
    await flow.reached(toyStart + 2 * hour);
    await flow.stop();
    expect(flow.read(known).map(({ n, at }) => [n, at])).toEqual([
      [1, iso(toyStart + hour)],
      [2, iso(toyStart + hour)],
    ]);
  });

  test('with its clock unset a task takes nothing', async () => {
    const flow = await topology(describedAs(router), { partitions: 1 });
    await flow.replay(pings, { key: '1', data: { id: 'a', at: iso(toyStart), who: '1', n: 1 } });
    await until(() => flow.status()[0]?.lagRecords === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([flow.read(known), flow.status()[0]?.waitsFor, flow.status()[0]?.clock]).toEqual([[], 'replay', 'unset']);
    await flow.clock(pings, { clock: 'live' });
    await until(() => flow.read(known).length === 1);
    await flow.stop();
  });
});

describe('order', () => {
  test('two inputs skewed by five hours are taken in the order of their causes, also live after an outage', async () => {
    const flow = await topology(describedAs(writer), { partitions: 1, portion: () => 7 });
    const [router0, sleeper0] = [origin(flow, 'router/0'), origin(flow, 'sleeper/0')];
    await router0.reaches(known, toyStart, 'live');
    await sleeper0.reaches(naps, toyStart, 'live');
    await until(() => flow.status()[0]?.watermark === toyStart);
    // The fetches of one input hang, and the broker says that there is more of it; then five hours of the other come at once.
    flow.log.hold('test.naps.v1');
    const instants = Array.from({ length: 60 }, (_, n) => toyStart + n * 5 * 60_000);
    for (const [n, at] of instants.entries())
      if (n % 6 === 0) await sleeper0.says(naps, whoId('1'), at + 1, { since: iso(at), count: n });
    await sleeper0.reaches(naps, toyStart + 5 * hour, 'live');
    await new Promise((resolve) => setTimeout(resolve, 150));
    for (const [n, at] of instants.entries()) await router0.says(known, whoId('1'), at, { n });
    await router0.reaches(known, toyStart + 5 * hour, 'live');
    await until(
      () => (flow.status()[0]?.waitsFor ?? '') === 'input naps.v1 of sleeper/0',
      () => JSON.stringify(flow.status()),
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    // What precedes the other input's watermark may be taken; the ping at that very instant already waits.
    expect(lines(flow)).toEqual([]);
    flow.log.hold(undefined);
    await until(
      () => lines(flow).length === 70,
      () => JSON.stringify(flow.status()),
    );
    await flow.stop();
    const taken = flow.read(diary).map(({ at }) => at);
    expect(taken).toEqual([...taken].sort());
    expect(lines(flow)[1]).toMatch(/nap after 0/);
  });

  test('driven, a watermark that is equal may still be followed by a record of that instant: it is waited for', async () => {
    const flow = await topology(describedAs(writer), { partitions: 1 });
    const [router0, sleeper0] = [origin(flow, 'router/0'), origin(flow, 'sleeper/0')];
    await router0.reaches(known, toyStart, 'driven');
    await sleeper0.says(naps, whoId('1'), toyStart + hour, { since: iso(toyStart), count: 1 });
    await router0.reaches(known, toyStart + hour, 'driven');
    await sleeper0.reaches(naps, toyStart + 2 * hour, 'driven');
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(lines(flow)).toEqual([]);
    await router0.says(known, whoId('1'), toyStart + hour, { n: 1 });
    await router0.reaches(known, toyStart + 2 * hour, 'driven');
    await until(() => lines(flow).length === 2);
    await flow.stop();
    expect(lines(flow)[0]).toMatch(/^1 ping 1/);
  });

  test('live and caught up, a silent input costs nothing', async () => {
    const flow = await topology(describedAs(writer), { partitions: 1 });
    const [router0, sleeper0] = [origin(flow, 'router/0'), origin(flow, 'sleeper/0')];
    await router0.reaches(known, toyStart, 'live');
    await sleeper0.reaches(naps, toyStart, 'live');
    await router0.says(known, whoId('1'), toyStart + hour, { n: 1 });
    await until(
      () => lines(flow).length === 1,
      () => JSON.stringify(flow.status()),
    );
    await flow.stop();
  });

  const notes = contract('notes.v1', z.object({ ...derived, text: z.string() }), { retentionMs: -1 });
  const plans = contract('plans.v1', z.object({ ...derived, n: z.int(), notes: z.int() }), {
    writer: { processor: 'planner', rekeyed: false },
    retentionMs: -1,
  });
  const decided = contract('decided.v1', z.object({ ...derived, n: z.int() }), {
    writer: { processor: 'planner', rekeyed: false },
    retentionMs: -1,
  });
  const asides = contract('asides.v1', z.object({ ...derived }), { retentionMs: -1 });
  const planner = processor({
    service: 'orchestration',
    name: 'planner',
    version: 1,
    inputs: [
      { contract: known, kind: 'ordered' },
      { contract: notes, kind: 'feedback' },
    ],
    outputs: [{ contract: plans }, { contract: decided }, { contract: asides }],
    decide(state: { n: number; notes: number } | undefined, message: Message<typeof known | typeof notes>) {
      const before = state ?? { n: 0, notes: 0 };
      if (message.kind === 'wake') return { state };
      if (message.topic === 'notes.v1') return { state: { ...before, notes: before.notes + 1 } };
      return { state: { ...before, n: before.n + 1 }, emit: [emit(decided, { n: before.n + 1 })] };
    },
  });

  test('feedback that must not change a decision does not: neither does it hold or carry time, whenever it comes', async () => {
    const run = async (when: readonly number[]): Promise<string[]> => {
      const flow = await topology([{ processor: planner, rules: undefined, rulesVersion: '1' }], { partitions: 1 });
      const router0 = origin(flow, 'router/0');
      const note = async (n: number): Promise<void> => {
        const value = JSON.stringify({
          id: whoId(String(n)),
          person_id: whoId('1'),
          at: iso(toyEnd + n * hour),
          cause: { id: 'x' },
          text: 'sent',
        });
        await flow.log.produce([{ topic: 'test.notes.v1', partition: 0, key: whoId('1'), value }]);
      };
      await router0.reaches(known, toyStart, 'driven');
      for (let n = 0; n < 10; n++) {
        if (when.includes(n)) await note(n);
        await router0.says(known, whoId('1'), toyStart + n * hour, { n });
        if (n % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await router0.reaches(known, toyStart + 10 * hour, 'driven');
      await flow.reached(toyStart + 10 * hour);
      await until(() => (flow.store('planner').all('planner')[0]?.state as { notes: number } | undefined)?.notes === when.length);
      await flow.stop();
      // What has no one writer carries no time.
      expect(flow.log.read('test.asides.v1')).toEqual([]);
      return flow.read(decided).map(({ id, at, n }) => `${id} ${at} ${String(n)}`);
    };
    const expected = await run([]);
    expect(expected).toHaveLength(10);
    expect(await run([0, 1, 2, 3])).toEqual(expected);
    expect(await run([9, 5])).toEqual(expected);
  });
});

describe('repeats', () => {
  const history = Array.from({ length: 40 }, (_, n) => ({ who: String(1 + (n % 5)), minute: n * 13 }));

  test('of everything published, at every hop and in any portion, change nothing', async () => {
    const clean = await topology(toys, { partitions: 2 });
    await clean.log.produce(replayRecords('test', 2, history));
    await clean.reached(toyEnd);
    await clean.stop();

    class TwiceLog extends MemoryLog {
      override async produce(records: Parameters<MemoryLog['produce']>[0]): Promise<void> {
        await super.produce(records.slice(0, Math.ceil(records.length / 2)));
        await super.produce(records);
      }
    }
    const twice = await topology(toys, { log: new TwiceLog(2, () => 3) });
    await twice.log.produce(replayRecords('test', 2, history));
    await twice.reached(toyEnd);
    await twice.stop();
    expect(toyResult((c) => twice.read(c))).toEqual(toyResult((c) => clean.read(c)));
    expect(twice.store('sleeper').tallies('sleeper')).toEqual(clean.store('sleeper').tallies('sleeper'));
    expect(twice.store('sleeper').all('sleeper')).toEqual(clean.store('sleeper').all('sleeper'));
  });

  test('of an origin whose numbers began anew: a higher incarnation counts, a late copy of the lower one does not', async () => {
    const flow = await topology(describedAs(writer), { partitions: 1 });
    const [before, after, late] = [1, 2, 1].map((incarnation) => origin(flow, 'router/0', incarnation));
    const sleeper0 = origin(flow, 'sleeper/0');
    await sleeper0.reaches(naps, toyStart, 'live');
    await before?.reaches(known, toyStart, 'live');
    for (let n = 0; n < 5; n++) await before?.says(known, whoId('1'), toyStart + n, { n });
    for (let n = 5; n < 8; n++) await after?.says(known, whoId('1'), toyStart + n, { n });
    for (let n = 0; n < 4; n++) await late?.says(known, whoId('1'), toyStart + n, { n });
    await after?.says(known, whoId('1'), toyStart + 8, { n: 8 });
    await until(
      () => lines(flow).some((line) => line.includes('ping 8')),
      () => JSON.stringify(lines(flow)),
    );
    await flow.stop();
    expect(lines(flow).map((line) => line.split(' at ')[0])).toEqual(
      Array.from({ length: 9 }, (_, n) => `${String(n + 1)} ping ${String(n)}`),
    );
  });

  test('of outsiders are dropped by their id and counted, also across batches and owners; a refused one is not known', async () => {
    const log = new MemoryLog(1);
    const stores = new Map([['router', new MemoryStore()]]);
    const send = (id: string, n: number) =>
      log.produce([
        {
          topic: 'test.pings.v1',
          partition: 0,
          key: '1',
          value: JSON.stringify({ id, at: iso(toyStart), who: '1', n }),
          headers: {},
        },
      ]);
    for (let owner = 0; owner < 3; owner++) {
      const flow = await topology(describedAs(router), { log, stores, tuning: { batch: 2 } });
      if (owner === 0) await flow.clock(pings, { clock: 'live' });
      for (const id of ['a', 'b', 'a', `own-${String(owner)}`]) await send(id, 1);
      await send('bad', -1);
      await until(
        () => flow.status()[0]?.lagRecords === 0 && flow.status()[0]?.waitsFor === 'nothing' && flow.status()[0]?.taken === 5,
        () => JSON.stringify(flow.status()),
      );
      await flow.stop();
    }
    expect(stores.get('router')?.tallies('router')).toEqual({
      accepted: 5,
      duplicates: 7,
      dead_letters: 3,
      'dead_letter.bug': 3,
    });
  });
});

describe('several processors of one service', () => {
  test('have cursors, states, numbers and repeats of their own in the same tables', async () => {
    const copy = contract('copies.v1', z.object({ ...derived, n: z.int(), at: instant }), {
      writer: { processor: 'copier', rekeyed: true },
      retentionMs: -1,
    });
    const copier = processor({
      service: 'ingestion',
      name: 'copier',
      version: 1,
      inputs: [{ contract: pings, kind: 'source', dedupe: ({ id }) => id }],
      outputs: [{ contract: copy, rekeyed: true }],
      decide(state: { last: number } | undefined, message: Message<typeof pings>) {
        if (message.kind === 'wake') return { state };
        return {
          state: { last: message.data.n },
          emit: [emit(copy, { n: message.data.n }, whoId(message.data.who))],
          tally: { accepted: 1 },
        };
      },
    });
    const store = new MemoryStore();
    const flow = await topology(describedAs(router, sleeper), {
      partitions: 2,
      stores: new Map([
        ['router', store],
        ['sleeper', store],
      ]),
    });
    await flow.log.produce(
      replayRecords('test', 2, [
        { who: '1', minute: 0 },
        { who: '2', minute: 1 },
        { who: '1', minute: 2 },
      ]),
    );
    await flow.reached(toyEnd);
    // The other one comes when the first has seen all of it.
    const both = await topology([{ processor: copier, rules: undefined, rulesVersion: '1' }], {
      log: flow.log,
      stores: new Map([['copier', store]]),
    });
    await both.reached(toyEnd);
    await both.stop();
    await flow.stop();
    expect(
      flow
        .read(known)
        .map(({ n }) => n)
        .sort(),
    ).toEqual([0, 1, 2]);
    expect(
      flow
        .read(copy)
        .map(({ n }) => n)
        .sort(),
    ).toEqual([0, 1, 2]);
    expect([store.tallies('router'), store.tallies('copier')]).toEqual([{ accepted: 3 }, { accepted: 3 }]);
    expect(store.all('sleeper')).toHaveLength(2);
    // Output keyed otherwise than input lies in the partition of its own key.
    for (const { key, headers } of flow.log.topics
      .get('test.known.v1')
      ?.flatMap((records, p) => records.map((record) => ({ ...record, p })))
      .filter(({ key: k, p }) => partitionOf(k ?? '', 2) !== p) ?? []) {
      expect([key, headers['hito-control']]).toEqual([key, 'watermark']);
    }
  });
});
