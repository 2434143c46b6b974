import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { contract, derived, instant } from '#contracts';
import { MemoryLog, MemoryStore, silent, topology, until, whoId, type Topology } from '#testing';
import { emit, processor, type LogRecord, type Message } from '#stream';
import type { Commit, StoredState, TaskId } from '#stream/runtime';

const minute = 60_000;
const start = Date.parse('2026-01-01T00:00:00Z');
const end = start + 100 * minute;
const jobs = contract('jobs.v1', z.object({ id: z.string(), at: instant, source: z.string().optional() }), { retentionMs: -1 });
const done = contract('done.v1', z.object({ ...derived, what: z.string() }), {
  writer: { processor: 'p', rekeyed: false },
  retentionMs: -1,
});

interface State {
  readonly who: string;
  readonly did: readonly string[];
  readonly text?: string;
}

type Wake = (state: State) => number | undefined;
const never: Wake = () => undefined;

/** Keeps what each person did; `wake` is their timer, `text` what a job leaves in the state. */
const described = (
  more: { wake?: Wake; text?: (id: string) => unknown; rulesVersion?: string; maxStateBytes?: number } = {},
) => ({
  rules: undefined,
  rulesVersion: more.rulesVersion ?? '1',
  processor: processor({
    service: 'scoring',
    name: 'p',
    version: 1,
    ...(more.maxStateBytes !== undefined && { maxStateBytes: more.maxStateBytes }),
    inputs: [{ contract: jobs, kind: 'source' }],
    outputs: [{ contract: done }],
    decide(state: State | undefined, message: Message<typeof jobs>) {
      if (message.kind === 'wake') return { state: state && { ...state, did: [...state.did, 'woken'] } };
      const { id } = message.data;
      const text = more.text?.(id);
      return {
        state: { who: message.key, did: [...(state?.did ?? []), id], ...(text !== undefined && { text: text as string }) },
        emit: [emit(done, { what: id })],
      };
    },
    wakeAt: more.wake ?? never,
  }),
});

const job = (id: string, who: number, m: number) => ({
  key: whoId(String(who)),
  data: { id, at: new Date(start + m * minute).toISOString() },
});
const what = (flow: Topology): string[] => flow.read(done).map((message) => message.what);
const letters = (flow: Topology): readonly LogRecord[] => flow.log.read('test.scoring.dead-letters.v1');
const reasons = (flow: Topology): (readonly (string | undefined)[])[] =>
  letters(flow).map(({ headers }) => [headers['hito-dl-kind'], headers['hito-dl-reason']]);

const refusal = (message: string, code?: string): Error => Object.assign(new Error(message), code === undefined ? {} : { code });

/** A database that refuses every transaction in which a state holds a poisoned job, as Postgres refuses a value. */
class Picky extends MemoryStore {
  refusals = 0;

  constructor(
    private readonly poisoned: (text: string) => boolean,
    private readonly error = refusal('unsupported Unicode escape sequence', '22P05'),
  ) {
    super();
  }

  override commit(commit: Commit): Promise<boolean> {
    if (!commit.states.some(({ state }) => this.poisoned(JSON.stringify(state)))) return super.commit(commit);
    this.refusals++;
    return Promise.reject(this.error);
  }
}

async function run(
  options: Parameters<typeof topology>[1] & { readonly of?: ReturnType<typeof described> },
  ...given: readonly ReturnType<typeof job>[]
): Promise<Topology> {
  const flow = await topology([options.of ?? described()], { partitions: 1, ...options });
  await flow.clock(jobs, { clock: 'driven', at: start });
  await flow.replay(jobs, ...given);
  await flow.clock(jobs, { clock: 'driven', at: end });
  await flow.reached(end);
  return flow;
}

describe('a record whose consequences the database refuses', () => {
  const many = Array.from({ length: 300 }, (_, n) => job(String(n), n % 7, n / 10));

  test('is one dead letter that says why, and every other record takes effect once', async () => {
    const store = new Picky((text) => text.includes('"137"'));
    const flow = await run({ stores: new Map([['p', store]]) }, ...many);
    await flow.stop();
    expect(what(flow)).toEqual(many.map(({ data }) => data.id).filter((id) => id !== '137'));
    expect(reasons(flow)).toEqual([['data', 'the database refuses what it leads to: unsupported Unicode escape sequence']]);
    expect(store.tallies('p')).toEqual({ dead_letters: 1, 'dead_letter.data': 1 });
    // Halved until it is alone: no more often than that.
    expect(store.refusals).toBeLessThanOrEqual(3 * Math.ceil(Math.log2(many.length)));
    // The owner stays the same: nothing else of the task is lost meanwhile.
    expect(store.row('p', 0).task.epoch).toBe(1);
  });

  test('is found also where the error has no code that says so', async () => {
    const store = new Picky((text) => text.includes('"7"'), refusal('invalid input syntax for type bigint'));
    const flow = await run({ stores: new Map([['p', store]]) }, ...many.slice(0, 16));
    await flow.stop();
    expect(what(flow)).toEqual(
      many
        .slice(0, 16)
        .map(({ data }) => data.id)
        .filter((id) => id !== '7'),
    );
    expect(reasons(flow)).toEqual([['data', expect.stringContaining('bigint')]]);
  });

  test.each(['57P01', '53100', '40001', '25006', '08006', '42P01', 'ECONNRESET'])(
    'is never blamed for an error of the server or the connection (%s)',
    async (code) => {
      let left = 8;
      class Ill extends MemoryStore {
        override commit(commit: Commit): Promise<boolean> {
          if (commit.states.length > 0 && left-- > 0) return Promise.reject(refusal('not now', code));
          return super.commit(commit);
        }
      }
      const flow = await run({ stores: new Map([['p', new Ill()]]) }, ...many.slice(0, 3));
      await flow.stop();
      expect(what(flow)).toEqual(['0', '1', '2']);
      expect(letters(flow)).toEqual([]);
    },
  );

  test('is found whatever stands beside it, and after a restart in the middle of the search', async () => {
    const poisons = fc.uniqueArray(fc.nat(19), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(poisons, fc.constantFrom(3, 16, 4_000), fc.nat(12), async (poisoned, batch, restartAfter) => {
        const names = poisoned.map(String);
        const store = new Picky((text) => names.some((name) => text.includes(`"${name}"`)));
        const options = { log: new MemoryLog(1), stores: new Map([['p', store]]), tuning: { batch }, partitions: 1 };
        const first = await topology([described()], options);
        await first.clock(jobs, { clock: 'driven', at: start });
        await first.replay(jobs, ...many.slice(0, 20));
        await until(() => store.refusals >= Math.min(restartAfter, names.length));
        await first.kill();
        const flow = await topology([described()], options);
        await first.clock(jobs, { clock: 'driven', at: end });
        await flow.reached(end);
        await flow.stop();
        const good = Array.from({ length: 20 }, (_, n) => String(n)).filter((id) => !names.includes(id));
        expect(what(flow)).toEqual(good);
        // A letter has no place of ours: one who dies after publishing it publishes it again.
        expect(new Set(letters(flow).map(({ value }) => (JSON.parse(String(value)) as { id: string }).id))).toEqual(
          new Set(names),
        );
        expect(store.tallies('p')['dead_letters'] ?? 0).toBe(names.length);
      }),
      { numRuns: 30 },
    );
  });

  test('stops the task with an alarm where not even its dead letter can be written', async () => {
    class Full extends MemoryStore {
      override commit(commit: Commit): Promise<boolean> {
        return commit.outbox === null ? super.commit(commit) : Promise.reject(refusal('value too long', '22001'));
      }
    }
    const flow = await topology([described()], { partitions: 1, stores: new Map([['p', new Full()]]) });
    await flow.clock(jobs, { clock: 'driven', at: start });
    await flow.replay(jobs, job('a', 1, 0));
    await flow.clock(jobs, { clock: 'driven', at: end });
    await until(
      () => flow.status()[0]?.stopped === true,
      () => JSON.stringify(flow.status()),
    );
    expect(flow.status()[0]?.waitsFor).toContain('the database refuses a dead letter: value too long');
    await flow.kill();
  });
});

describe('a person whose state the database refuses', () => {
  test('to give makes dead letters of their own records only', async () => {
    class Torn extends MemoryStore {
      override states(name: string, partition: number, keys: readonly string[]): Promise<StoredState[]> {
        return keys.includes(whoId('2'))
          ? Promise.reject(refusal('invalid byte sequence for encoding "UTF8"', '22021'))
          : super.states(name, partition, keys);
      }
    }
    const given = Array.from({ length: 9 }, (_, n) => job(String(n), 1 + (n % 3), n));
    const flow = await run({ stores: new Map([['p', new Torn()]]) }, ...given);
    await flow.stop();
    expect(what(flow)).toEqual(['0', '2', '3', '5', '6', '8']);
    expect(reasons(flow)).toEqual(Array.from({ length: 3 }, () => ['data', expect.stringContaining('invalid byte sequence')]));
  });

  test('to take under new rules keeps nobody else from being timed anew', async () => {
    let strict = false;
    const store = new Picky((text) => strict && text.includes('"2"'));
    const same = { log: new MemoryLog(1), stores: new Map([['p', store]]), partitions: 1 };
    const first = await run(same, ...Array.from({ length: 7 }, (_, n) => job(String(n), n, 0)));
    await first.stop();
    strict = true;
    const soon: Wake = ({ did }) => (did.includes('woken') ? undefined : end + minute);
    const next = await topology([described({ wake: soon, rulesVersion: '2' })], same);
    await first.clock(jobs, { clock: 'driven', at: end + 10 * minute });
    await next.reached(end + 10 * minute);
    await next.stop();
    const woken = store.all('p').filter(({ state }) => (state as State).did.includes('woken'));
    expect(woken).toHaveLength(6);
  });
});

describe('a wake whose consequences the database refuses', () => {
  test('is a dead letter, and the wakes and records of others go on', async () => {
    const store = new Picky((text) => text.includes(whoId('2')) && text.includes('woken'));
    const timed: Wake = ({ did }) => (did.length === 1 ? start + 5 * minute : undefined);
    const flow = await run(
      { of: described({ wake: timed }), stores: new Map([['p', store]]) },
      ...[1, 2, 3].map((who) => job(`a${String(who)}`, who, 0)),
      job('later', 4, 30),
    );
    await flow.stop();
    expect(letters(flow).map(({ key, headers }) => [key, headers['hito-dl-topic'], headers['hito-dl-kind']])).toEqual([
      [whoId('2'), '~wake/p', 'data'],
    ]);
    expect(what(flow)).toEqual(['a1', 'a2', 'a3', 'later']);
    expect(store.all('p').map(({ state }) => (state as State).did.at(-1))).toEqual(['woken', 'a2', 'woken', 'woken']);
  });
});

describe('a timer that is a bug for one person', () => {
  test('found when the playbook changes, is a dead letter, and everybody goes on', async () => {
    const options = { log: new MemoryLog(1), stores: new Map([['p', new MemoryStore()]]), partitions: 1 };
    const first = await run(options, job('a', 1, 0), job('b', 2, 0));
    await first.stop();
    const broken: Wake = ({ who }) => {
      if (who === whoId('1')) throw new Error('a bug for one person');
      return undefined;
    };
    const next = await topology([described({ wake: broken, rulesVersion: '2' })], options);
    await first.replay(jobs, job('c', 2, 200), job('a2', 1, 201), job('d', 2, 202));
    await first.clock(jobs, { clock: 'driven', at: end + 200 * minute });
    await next.reached(end + 200 * minute);
    await next.stop();
    expect(what(next)).toEqual(['a', 'b', 'c', 'd']);
    expect(new Set(reasons(next).map(([kind]) => kind))).toEqual(new Set(['bug']));
    expect(next.status().map(({ stopped }) => stopped)).toEqual([]);
  });

  test.each<[unknown, boolean]>([
    [NaN, false],
    [-Infinity, false],
    [-1e21, false],
    ['soon', false],
    [10n, false],
    [{}, false],
    [Infinity, true],
    [1e21, true],
    [8.64e15, true],
    [null, true],
    [-0.5, true],
    [start + 5.5, true],
    [end + 1_000.5, true],
  ])('answers %p: the database only ever sees whole milliseconds', async (answer, taken) => {
    const columns: (number | null)[] = [];
    class Watched extends MemoryStore {
      override commit(commit: Commit): Promise<boolean> {
        columns.push(...commit.states.map(({ wakeAt }) => wakeAt));
        return super.commit(commit);
      }
    }
    let asked = 0;
    const wake: Wake = ({ did }) => (did.includes('woken') || asked++ > 20 ? undefined : (answer as number));
    const flow = await run({ of: described({ wake }), stores: new Map([['p', new Watched()]]) }, job('a', 1, 0));
    await flow.stop();
    expect(columns.filter((column) => column !== null && !/^-?\d+$/.test(String(column)))).toEqual([]);
    expect(what(flow)).toEqual(taken ? ['a'] : []);
    expect(reasons(flow).map(([kind]) => kind)).toEqual(taken ? [] : ['bug']);
  });
});

describe('a state that cannot be read', () => {
  const upgradedBy = (upgrade: (state: State) => State) => {
    const { processor: first, ...rest } = described();
    return { ...rest, processor: processor({ ...first, version: 2, upgrades: { 1: upgrade } }) };
  };
  const options = () => ({ log: new MemoryLog(1), stores: new Map([['p', new MemoryStore()]]), partitions: 1 });
  const goesOn = async (first: Topology, next: Topology): Promise<void> => {
    await first.replay(jobs, job('c', 2, 200), job('a2', 1, 201), job('d', 2, 202));
    await first.clock(jobs, { clock: 'driven', at: end + 200 * minute });
    await next.reached(end + 200 * minute);
  };

  test('because its upgrade throws, makes dead letters of its own records only, and stays as it is', async () => {
    const same = options();
    const first = await run(same, job('a', 1, 0), job('b', 2, 0));
    await first.stop();
    const next = await topology(
      [
        upgradedBy((state) => {
          if (state.who === whoId('1')) throw new Error('cannot upgrade');
          return state;
        }),
      ],
      same,
    );
    await goesOn(first, next);
    await next.stop();
    expect(what(next)).toEqual(['a', 'b', 'c', 'd']);
    expect(reasons(next)).toEqual([['unreadable', expect.stringContaining('its upgrade from version 1 threw: cannot upgrade')]]);
    expect(
      same.stores
        .get('p')
        ?.all('p')
        .find(({ key }) => key === whoId('1')),
    ).toMatchObject({ state: { did: ['a'] } });
  });

  test('because it is no JSON any more, makes dead letters of its own records only', async () => {
    const same = options();
    const first = await run(same, job('a', 1, 0), job('b', 2, 0));
    await first.stop();
    const { states } = (same.stores.get('p') as MemoryStore).row('p', 0);
    states.set(whoId('1'), { wakeAt: start, version: 1, state: '{"who":' });
    const next = await topology([described()], same);
    await goesOn(first, next);
    await next.stop();
    expect(what(next)).toEqual(['a', 'b', 'c', 'd']);
    // Its timer, which was due, is one dead letter and is taken out.
    expect(letters(next).map(({ headers }) => [headers['hito-dl-topic'], headers['hito-dl-kind']])).toEqual([
      ['~wake/p', 'unreadable'],
      ['jobs.v1', 'unreadable'],
    ]);
    expect(states.get(whoId('1'))).toMatchObject({ wakeAt: null, state: '{"who":' });
  });

  test('of anybody at all stops the task before everything is a dead letter', async () => {
    const same = options();
    const people = Array.from({ length: 60 }, (_, n) => job(`a${String(n)}`, n, 0));
    const first = await run(same, ...people);
    await first.stop();
    const next = await topology(
      [
        upgradedBy(() => {
          throw new Error('cannot upgrade');
        }),
      ],
      same,
    );
    await first.replay(jobs, ...people.map(({ data }, n) => job(`${data.id}-2`, n, 200)));
    await first.clock(jobs, { clock: 'driven', at: end + 200 * minute });
    await until(
      () => next.status()[0]?.stopped === true,
      () => JSON.stringify(next.status()),
    );
    await next.kill();
    expect(letters(next).length).toBeLessThan(60);
  });

  test('because a build has no upgrade for it stops the task with an alarm that says what to deploy', async () => {
    const same = options();
    await (await run(same, job('a', 1, 0))).stop();
    const { processor: first, ...rest } = described();
    const next = await topology([{ ...rest, processor: processor({ ...first, version: 2 }) }], same);
    await until(
      () => next.status()[0]?.stopped === true,
      () => JSON.stringify(next.status()),
    );
    expect(next.status()[0]?.waitsFor).toContain('no upgrade from state version 1: deploy a build that has it');
    await next.kill();
  });
});

describe('a state or an emission that is too large', () => {
  test('is a refusal: fifty of them neither stop the task nor touch the state', async () => {
    const large = described({ maxStateBytes: 1_000, text: (id) => (id.startsWith('big') ? 'x'.repeat(1_000) : undefined) });
    const flow = await run(
      { of: large },
      job('a', 1, 0),
      ...Array.from({ length: 80 }, (_, n) => job(`big${String(n)}`, 1, 1)),
      job('b', 1, 2),
      job('c', 2, 3),
    );
    expect(flow.status()[0]?.largestState).toBeGreaterThan(50);
    expect(flow.status()[0]?.largestState).toBeLessThan(1_000);
    await flow.stop();
    expect(what(flow)).toEqual(['a', 'b', 'c']);
    expect(new Set(reasons(flow).map(([kind]) => kind))).toEqual(new Set(['refused']));
    expect(reasons(flow)[0]?.[1]).toMatch(/^the state of p would have \d+ bytes; at most 1000$/);
    expect(flow.store('p').tallies('p')).toEqual({ dead_letters: 80, 'dead_letter.refused': 80 });
    expect(
      flow
        .store('p')
        .all('p')
        .find(({ key }) => key === whoId('1'))?.state,
    ).toMatchObject({ did: ['a', 'b'] });
  });

  test('is measured in bytes: the largest state written is what the gauge shows', async () => {
    const flow = await run(
      { of: described({ text: (id) => '€'.repeat(Number(id)) }), tuning: { batch: 1 } },
      job('10', 1, 0),
      job('500', 2, 1),
      job('20', 2, 2),
      job('90', 3, 3),
    );
    const sizes = (flow.store('p').all('p') as { bytes: number }[]).map(({ bytes }) => bytes);
    const largest = flow.status()[0]?.largestState ?? 0;
    await flow.stop();
    expect(largest).toBe(Buffer.byteLength(JSON.stringify({ who: whoId('2'), did: ['500'], text: '€'.repeat(500) })));
    // It was the largest, though a smaller one has taken its place.
    expect(largest).toBeGreaterThan(Math.max(...sizes));
  });

  test('is bounded at 256 KiB where the processor says nothing', async () => {
    const flow = await run(
      { of: described({ text: (id) => 'é'.repeat(id === 'big' ? 131_073 : 130_000) }) },
      job('big', 1, 0),
      job('fits', 2, 0),
    );
    await flow.stop();
    expect(what(flow)).toEqual(['fits']);
  });

  test('may grow smaller: who was larger before the bound was set is not locked out', async () => {
    const same = { log: new MemoryLog(1), stores: new Map([['p', new MemoryStore()]]), partitions: 1 };
    const first = await run({ ...same, of: described({ text: () => 'x'.repeat(2_000) }) }, job('a', 1, 0));
    await first.stop();
    const smaller = described({ maxStateBytes: 1_000, text: (id) => 'x'.repeat(id === 'less' ? 1_500 : 3_000) });
    const next = await topology([smaller], same);
    await first.replay(jobs, job('less', 1, 200), job('more', 1, 201));
    await first.clock(jobs, { clock: 'driven', at: end + 200 * minute });
    await next.reached(end + 200 * minute);
    await next.stop();
    expect(what(next)).toEqual(['a', 'less']);
  });
});

describe('what a decision leaves', () => {
  const bad: [string, unknown][] = [
    ['NaN', NaN],
    ['a bigint', 1n],
    [
      'a cycle',
      (() => {
        const cycle: Record<string, unknown> = {};
        return (cycle['self'] = cycle);
      })(),
    ],
  ];
  test.each(bad)('in its state that JSON cannot print (%s) makes a dead letter of that record only', async (_, value) => {
    const flow = await run(
      { of: described({ text: (id) => (id === 'bad' ? value : 'good') }) },
      job('a', 1, 0),
      job('bad', 1, 1),
      job('b', 2, 1),
      job('c', 1, 2),
    );
    await flow.stop();
    expect(what(flow)).toEqual(['a', 'b', 'c']);
    expect(reasons(flow).map(([kind]) => kind)).toEqual(['bug']);
    expect(
      flow
        .store('p')
        .all('p')
        .map(({ state }) => (state as State).text),
    ).toEqual(['good', 'good']);
  });

  test('in its state is well-formed text without U+0000, whatever the code has cut', async () => {
    const texts: (string | undefined)[] = [];
    class Read extends MemoryStore {
      override commit(commit: Commit): Promise<boolean> {
        texts.push(...commit.states.map(({ text }) => text));
        return super.commit(commit);
      }
    }
    const flow = await run(
      { of: described({ text: () => 'half\ud83d, none\0, \\ud83d as text' }), stores: new Map([['p', new Read()]]) },
      job('a', 1, 0),
    );
    await flow.stop();
    expect(flow.store('p').all('p')).toMatchObject([{ state: { text: 'half\ufffd, none, \\ud83d as text' } }]);
    expect(texts[0]?.replaceAll('\\\\', '')).not.toContain('\\u');
  });
});

describe('the text of a record', () => {
  const told = async (value: string, of = described()): Promise<Topology> => {
    const flow = await topology([of], { partitions: 1 });
    await flow.clock(jobs, { clock: 'live' });
    await flow.log.produce([{ topic: 'test.jobs.v1', partition: 0, key: whoId('1'), value, headers: {} }]);
    await until(() => flow.status()[0]?.taken === 1);
    await flow.stop();
    return flow;
  };
  const at = '2026-01-01T00:00:00Z';

  test.each([
    [String.raw`x\ud800y`, 'x\ufffdy'],
    [String.raw`\u0000x\u0000`, 'x'],
    [String.raw`\uD83D\uDE00`, '😀'],
    [String.raw`\\u0000`, String.raw`\u0000`],
  ])('escaped as %s reaches decide well-formed', async (escaped, text) => {
    const seen: string[] = [];
    const of = described({ text: (id) => void seen.push(id) });
    expect(what(await told(`{"id":"${escaped}","at":"${at}"}`, of))).toEqual([text]);
    expect(seen).toEqual([text]);
  });

  test.each(['1e999', '-1e400', `1${'0'.repeat(400)}`])('with the number %s is a dead letter', async (number) => {
    const flow = await told(`{"id":"x","at":"${at}","more":[${number}]}`);
    expect(reasons(flow)).toEqual([['unreadable', expect.stringMatching(/^not JSON: more\.0 is -?Infinity/)]]);
  });

  test('that is refused is counted by the source that it names', async () => {
    const flow = await told(JSON.stringify({ id: 7, at, source: 'web' }));
    expect(flow.store('p').tallies('p')).toEqual({ dead_letters: 1, 'dead_letter.unreadable.web': 1 });
    expect(letters(flow)[0]?.headers['hito-dl-source']).toBe('web');
  });
});

test('what an outsider dates a year ahead is taken now, and makes nobody older', async () => {
  const flow = await topology([described()], { partitions: 1 });
  await flow.clock(jobs, { clock: 'live' });
  const now = Date.now();
  const send = (id: string, ahead: number) =>
    flow.log.produce([
      {
        topic: 'test.jobs.v1',
        partition: 0,
        key: whoId('1'),
        value: JSON.stringify({ id, at: new Date(now + ahead).toISOString() }),
        headers: {},
      },
    ]);
  await send('before', 0);
  await send('ahead', 365 * 24 * 60 * minute);
  await send('after', 0);
  await until(() => flow.read(done).length === 3);
  await flow.stop();
  const stamps = flow.read(done).map((message) => Date.parse(message.at));
  expect(Math.max(...stamps)).toBeLessThan(Date.now() + 6_000);
});

test('counters and alarms may have any name and any text', async () => {
  const store = new MemoryStore();
  const alarms: string[] = [];
  store.stop = (_task: TaskId, alarm: string) => {
    alarms.push(alarm);
    return Promise.resolve();
  };
  const names = ['constructor', '__proto__', 'toString', '', 'nul\0', 'half\ud83d', 'list\u001eend', 'x'.repeat(500)];
  const { processor: first, ...rest } = described();
  const counting = processor({
    ...first,
    decide(state: State | undefined, message: Message<typeof jobs>) {
      if (message.kind === 'record' && message.data.id.startsWith('throws')) throw new Error('half\ud83d and nul\0');
      return { state, tally: Object.fromEntries(names.map((name) => [name, 1])) };
    },
  });
  const flow = await topology([{ ...rest, processor: counting }], {
    partitions: 1,
    stores: new Map([['p', store]]),
    logger: silent,
  });
  await flow.clock(jobs, { clock: 'driven', at: start });
  await flow.replay(jobs, job('a', 1, 0), job('b', 1, 0));
  await flow.clock(jobs, { clock: 'driven', at: end });
  await flow.reached(end);
  const counted = Object.entries(store.tallies('p'));
  expect(counted.map(([name]) => name).sort()).toEqual(
    ['(no name)', '__proto__', 'constructor', 'half\ufffd', 'list end', 'nul', 'toString', 'x'.repeat(200)].sort(),
  );
  expect(new Set(counted.map(([, count]) => count))).toEqual(new Set([2]));
  await flow.replay(jobs, ...Array.from({ length: 60 }, (_, n) => job(`throws${String(n)}`, n, 200)));
  await flow.clock(jobs, { clock: 'driven', at: end + 200 * minute });
  await until(() => alarms.length > 0);
  await flow.kill();
  expect(alarms[0]?.isWellFormed()).toBe(true);
  expect(alarms[0]).not.toContain('\0');
});
