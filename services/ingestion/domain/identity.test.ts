import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { collect } from './collect.ts';
import { limits, nextWake, take, usualRules, wake, type Identity } from './identity.ts';
import { withdrawnIn } from './withdrawals.ts';

const noon = Date.parse('2026-03-01T12:00:00.000Z');
let sequence = 0;

function call(item: Record<string, unknown>, at = noon) {
  const verdict = collect(
    { type: 'track', event: 'x', messageId: `m${String(sequence++)}`, ...item },
    { source: 's', arrivedAt: at },
  );
  if (!verdict.accepted) throw new Error(verdict.reason);
  return verdict.value;
}

/** Folds calls of one anonymous id as the runtime does: what is due is woken before the next call. */
function journey(items: readonly Record<string, unknown>[], stepMs = 1000) {
  let state: Identity | undefined;
  const known: { user: string; type: string; event: string | undefined; at: number }[] = [];
  const tally: Record<string, number> = {};
  const portions: number[] = [];
  const absorb = (outcome: ReturnType<typeof take>, at: number): void => {
    state = outcome.state;
    portions.push(outcome.known.length);
    for (const { user_id, call: c } of outcome.known) known.push({ user: user_id, type: c.type, event: c.event, at });
    for (const [name, by] of Object.entries(outcome.tally)) tally[name] = (tally[name] ?? 0) + by;
  };
  const wakeUntil = (until: number): void => {
    for (let due = state && nextWake(state); due !== undefined && due < until; due = state && nextWake(state))
      absorb(wake(state as Identity, due), due);
  };
  items.forEach((item, index) => {
    const at = noon + index * stepMs;
    wakeUntil(at);
    absorb(take(state, call(item, at), at), at);
  });
  wakeUntil(noon + items.length * stepMs + 86_400_000);
  return { state, known, tally, portions };
}

const anonymous = (n: number, from = 0) =>
  Array.from({ length: n }, (_, i) => ({ anonymousId: 'a', event: `e${String(from + i)}` }));
const identify = (userId: string) => ({ type: 'identify', event: 'identify', anonymousId: 'a', userId });
const eventsOf = ({ known }: ReturnType<typeof journey>): string =>
  known.map(({ user, event }) => `${user}:${String(event)}`).join(' ');

describe('a call', () => {
  test('with a user id only needs no state', () => {
    const { state, known } = take(undefined, call({ userId: 'u' }), noon);
    expect(state).toBeUndefined();
    expect(known).toHaveLength(1);
  });

  test('without one waits, and goes out after the identify that binds it', () => {
    const { known, tally, ...j } = journey([...anonymous(2), identify('u')]);
    expect(eventsOf({ known, tally, ...j })).toBe('u:identify u:e0 u:e1');
    expect(tally).toEqual({ accepted: 3, waiting: 0 });
  });

  test('with both ids binds like an identify', () => {
    expect(eventsOf(journey([...anonymous(1), { anonymousId: 'a', userId: 'u', event: 'both' }]))).toBe('u:both u:e0');
  });

  test('of a bound anonymous id goes straight through', () => {
    expect(eventsOf(journey([identify('u'), ...anonymous(1)]))).toBe('u:identify u:e0');
  });

  test('of an anonymous id bound anew goes to the latest user', () => {
    expect(eventsOf(journey([identify('u'), ...anonymous(1), identify('v'), ...anonymous(1, 1)]))).toBe(
      'u:identify u:e0 v:identify v:e1',
    );
  });

  test('keeps its own instant while it waits', () => {
    const waited = take(undefined, call({ anonymousId: 'a', timestamp: '2026-02-01T00:00:00Z' }), noon);
    const { known } = take(waited.state, call(identify('u')), noon + 1000);
    expect(known[1]?.call.occurred_at).toBe('2026-02-01T00:00:00.000Z');
  });

  test('whose clock is ahead is counted', () => {
    expect(take(undefined, call({ userId: 'u', timestamp: '2027-01-01T00:00:00Z' }), noon).tally).toEqual({
      accepted: 1,
      clamped: 1,
    });
    expect(take(undefined, call({ userId: 'u' }), noon).tally).toEqual({ accepted: 1 });
  });
});

describe('an alias', () => {
  test('that names no user waits for its person as any call does', () => {
    const { user_id: _, ...nobodys } = call({ type: 'alias', previousId: 'a', userId: 'u' });
    const { known, state } = take(undefined, nobodys, noon);
    expect(known).toEqual([]);
    expect(state?.waiting).toHaveLength(1);
  });

  const alias = (previousId: string, userId: string) => ({ type: 'alias', previousId, userId });

  test('binds an anonymous id', () => {
    expect(eventsOf(journey([...anonymous(1), alias('a', 'u'), ...anonymous(1, 1)]))).toBe('u:x u:e0 a:x u:e1');
  });

  test('asks the person of the previous id, once, whether they are somebody already', () => {
    const { known } = take(undefined, call(alias('a', 'u')), noon);
    expect(known.map(({ user_id, call: { type } }) => [user_id, type])).toEqual([
      ['u', 'alias'],
      ['a', 'merge-offer'],
    ]);
  });

  test('binds nothing where its previous id was never seen as an anonymous one: a user may have it', () => {
    const j = journey([alias('a', 'u'), ...anonymous(2), identify('a')]);
    expect(eventsOf(j)).toBe('u:x a:x a:identify a:e0 a:e1');
  });

  test('to itself changes nothing', () => {
    const { state } = take(undefined, call(alias('u', 'u')), noon);
    expect(state).toBeUndefined();
  });

  test('of a bound id to another user is counted and left', () => {
    const { tally, ...j } = journey([identify('u'), alias('a', 'v'), ...anonymous(1)]);
    expect(eventsOf({ tally, ...j })).toBe('u:identify v:x u:e0');
    expect(tally['alias_refused']).toBe(1);
  });
});

describe('bounds', () => {
  test('of 1,005 waiting calls the five oldest are dropped, and the rest goes out in order and in portions', () => {
    const { known, tally, portions } = journey([...anonymous(1005), identify('u')]);
    expect(known.slice(1).map(({ event }) => event)).toEqual(Array.from({ length: 1000 }, (_, i) => `e${String(i + 5)}`));
    expect(Math.max(...portions)).toBe(limits.portion);
    expect(tally).toEqual({ accepted: 1006, waiting: 0, waiting_dropped: 5 });
  });

  test('large waiting calls are bounded together', () => {
    const big = { anonymousId: 'a', properties: { x: 'x'.repeat(200_000) } };
    const { state, tally } = journey([big, big, big]);
    expect(state?.waiting).toHaveLength(2);
    expect(tally).toEqual({ accepted: 3, waiting: 2, waiting_dropped: 1 });
  });

  test('what waited for one user stays theirs when another is bound before all of it is out', () => {
    const { known } = journey([...anonymous(500), identify('u'), identify('v'), ...anonymous(1, 500)], 0);
    const byUser = Object.groupBy(
      known.filter(({ event }) => event !== 'identify'),
      ({ user }) => user,
    );
    expect(byUser['u']).toHaveLength(500);
    expect(byUser['v']?.map(({ event }) => event)).toEqual(['e500']);
  });

  test('a wake that comes early changes nothing', () => {
    const { state } = journey(anonymous(500));
    const bound = take(state, call(identify('u')), noon).state as Identity;
    expect(wake(bound, noon).state).toBe(bound);
    expect(nextWake(wake(bound, noon + 50).state as Identity)).toBe(noon + 51);
  });
});

describe('an anonymous id', () => {
  const day = 86_400_000;
  const { lifetimeMs } = usualRules;
  const waits = (at: number, state?: Identity) => take(state, call({ anonymousId: 'a' }, at), at).state as Identity;

  test('is forgotten with what waits for it, a lifetime after it was last seen', () => {
    const state = waits(noon + day, waits(noon));
    expect(nextWake(state)).toBe(noon + day + lifetimeMs);
    expect(wake(state, noon + lifetimeMs).state).toBe(state);
    expect(wake(state, noon + day + lifetimeMs)).toEqual({
      state: undefined,
      known: [],
      tally: { anonymous_expired: 1, waiting: -2, waiting_expired: 2 },
    });
  });

  test('that is bound and seen every day stays, and is written ten times in a lifetime', () => {
    let state = take(undefined, call(identify('u')), noon).state as Identity;
    let writes = 0;
    for (let at = noon; at < noon + 3 * lifetimeMs; at += day) {
      expect(nextWake(state)).toBeGreaterThan(at);
      const after = waits(at, state);
      if (after !== state) writes += 1;
      state = after;
    }
    expect(writes).toBeLessThanOrEqual(30);
    expect(wake(state, nextWake(state))).toEqual({ state: undefined, known: [], tally: { anonymous_expired: 1 } });
  });

  test('of the playbook’s lifetime', () => {
    expect(nextWake(waits(noon), { lifetimeMs: day })).toBe(noon + day);
  });

  test('kept from before ids had a lifetime is dated by its first wake', () => {
    const old: Identity = { user_id: 'u', waiting: [], seen_at: 0 };
    expect(nextWake(old)).toBe(1);
    expect(nextWake(wake(old, noon).state as Identity)).toBe(noon + lifetimeMs);
  });
});

test('what waits for one id is bounded in bytes, whatever the letters', () => {
  const { state } = journey(Array.from({ length: 30 }, () => ({ anonymousId: 'a', properties: { x: '漢'.repeat(60_000) } })));
  expect(Buffer.byteLength(JSON.stringify(state))).toBeLessThan(limits.waitingLength + 10_000);
});

describe('a withdrawal that waits for its person', () => {
  const no = (name: string) => ({ anonymousId: 'a', event: 'Consent Withdrawn', properties: { category: name } });
  const withdrawals = (items: readonly Record<string, unknown>[]) => {
    let state: Identity | undefined;
    const seen: { at: number; names: readonly string[] }[] = [];
    for (const item of items) {
      const { known, ...outcome } = take(state, call(item), noon);
      state = outcome.state;
      known.forEach(({ call: c }, index) => {
        const names = withdrawnIn(c);
        if (names.length > 0) seen.push({ at: index, names });
      });
    }
    return { seen, state };
  };

  test('is heard although there was no room for its call', () => {
    const { seen } = withdrawals([no('news'), no('offers'), ...anonymous(1_000), identify('u')]);
    expect(seen).toEqual([{ at: 1, names: ['news', 'offers'] }]);
    const huge = { anonymousId: 'a', context: { consent: { news: false } }, properties: { x: '漢'.repeat(200_000) } };
    expect(withdrawals([huge, identify('u')]).seen).toEqual([{ at: 1, names: ['news'] }]);
  });

  test('goes out with the identify, not behind the portions before it', () => {
    const { seen } = withdrawals([...anonymous(500), no('news'), identify('u')]);
    expect(seen).toEqual([{ at: 1, names: ['news'] }]);
    expect(withdrawals([no('news'), ...anonymous(5), identify('u')]).seen).toEqual([{ at: 1, names: ['news'] }]);
  });

  test('is kept small, and until its anonymous id is bound only', () => {
    const { state } = withdrawals([...Array.from({ length: 300 }, (_, n) => no(`c${String(n)}`)), ...anonymous(1_000)]);
    expect(JSON.stringify(state?.withdrawn).length).toBeLessThan(2_000);
    const bound = take(state, call(identify('u')), noon).state;
    expect(bound).not.toHaveProperty('withdrawn');
    const after = take({ user_id: 'u', waiting: [], seen_at: noon }, call(identify('u')), noon);
    expect(take(after.state, call(identify('u')), noon).state).toBe(after.state); // no write
  });
});

test('a time that nobody can read is counted by its source and reason', () => {
  const sent = call({ userId: 'u', timestamp: '26/11/2026', sentAt: true });
  expect(take(undefined, sent, noon).tally).toEqual({
    accepted: 1,
    'unreadable.s.timestamp.format': 1,
    'unreadable.s.sent_at.type': 1,
  });
});

test('every accepted call goes out once, waits, or was counted as dropped', () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.constant({ anonymousId: 'a' }) },
    { weight: 1, arbitrary: fc.constantFrom('u', 'v').map(identify) },
    { weight: 1, arbitrary: fc.constantFrom('u', 'v').map((userId) => ({ type: 'alias', previousId: 'a', userId })) },
    { weight: 1, arbitrary: fc.constant({ anonymousId: 'a', properties: { x: 'x'.repeat(100_000) } }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400, minLength: 1 }), (items) => {
      const { state, tally, ...taken } = journey(items);
      const known = taken.known.filter(({ type }) => type !== 'merge-offer');
      const waiting = state?.waiting.length ?? 0;
      expect(tally['accepted']).toBe(items.length);
      expect(known.length + waiting + (tally['waiting_dropped'] ?? 0)).toBe(items.length);
      expect(tally['waiting'] ?? 0).toBe(waiting);
    }),
    { numRuns: 60 },
  );
});
