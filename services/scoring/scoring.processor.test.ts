import { describe, expect, test } from '@jest/globals';
import type { events, profiles } from '#contracts';
import { scores } from '#contracts';
import { loadPlaybook } from '#playbook';
import type { Decision, Message } from '#stream';
import { rulesOf } from './domain/rules.ts';
import type { ScoreState } from './domain/score.ts';
import { scoringProcessor } from './scoring.processor.ts';

const playbook = loadPlaybook('examples/shop/playbook.yaml');
const rules = rulesOf(playbook);
const start = Date.UTC(2026, 0, 1, 12);
const day = 86_400_000;
const person = '0b1f6c9e-3a57-5d0e-8f51-5a8f3d1f0c11';
const derived = (at: number) => ({ id: person, person_id: person, at: new Date(at).toISOString(), cause: { id: 'x' } });

type Taken = Message<typeof profiles | typeof events>;
const order = (at: number, revenue: number): Taken => ({
  kind: 'record',
  topic: 'events.v1',
  key: person,
  id: 'e',
  at,
  data: {
    ...derived(at),
    event: 'Order Completed',
    moment: new Date(at).toISOString(),
    moment_source: 'claimed',
    source: 's',
    message_id: 'm',
    properties: { revenue },
  },
});
const profile = (at: number, traits: Record<string, unknown>): Taken => ({
  kind: 'record',
  topic: 'profiles.v1',
  key: person,
  id: 'p',
  at,
  data: { ...derived(at), traits, consents: {}, replayed: false },
});
const wake = (named: number, at = named): Taken => ({ kind: 'wake', key: person, id: 'w', named, at });

/** Folds messages into the last decision, as the runtime would. */
const given = (...messages: Taken[]): Decision<ScoreState> =>
  messages.reduce<Decision<ScoreState>>(({ state }, message) => scoringProcessor.decide(state, message, rules), {
    state: undefined,
  });
const due = ({ state }: Decision<ScoreState>): number => {
  const at = state && scoringProcessor.wakeAt?.(state, rules);
  if (at === undefined) throw new Error('nothing is due');
  return at;
};

test('points are published to a thousandth, whatever fading leaves', () => {
  const { emit } = given(order(start, 60), order(start + 17 * day + 1, 60));
  const { engagement, total, points } = emit?.[0]?.data as { engagement: number; total: number; points: number };
  expect([engagement, total, points].map((n) => String(n).replace(/^-?\d+\.?/, '').length <= 3)).toEqual([true, true, true]);
});

describe('the example shop', () => {
  test('a big first order makes a person warm, and says by which rules of which playbook', () => {
    const { emit, tally } = given(order(start, 60));
    expect(emit).toEqual([
      {
        contract: scores,
        data: {
          engagement: 35,
          fit: 0,
          total: 35,
          band: 'warm',
          previous_band: 'cold',
          rule: { id: 'order', version: playbook.version },
          points: 35,
          parts: [
            { rule: 'order', points: 20 },
            { rule: 'big-order', points: 15 },
          ],
        },
      },
    ]);
    expect(tally).toEqual({ 'band.warm': 1 });
  });

  test('where one rule alone gave points, it is the whole story', () => {
    expect(given(order(start, 10)).emit).toMatchObject([{ data: { rule: { id: 'order' }, points: 20 } }]);
    expect(given(order(start, 10)).emit?.[0]?.data).not.toHaveProperty('parts');
  });

  test('then time alone makes them cold, at the computed instant', () => {
    const warm = given(order(start, 60));
    const at = due(warm);
    expect((at - start) / day).toBeCloseTo(30 * Math.log2(35 / 15), 6);
    const { emit, tally, state } = given(order(start, 60), wake(at));
    expect(emit).toMatchObject([{ data: { band: 'cold', previous_band: 'warm', rule: { id: 'decay' }, points: 0 } }]);
    expect(tally).toEqual({ 'band.warm': -1, 'band.cold': 1 });
    expect(state && scoringProcessor.wakeAt?.(state, rules)).toBeUndefined();
  });

  test('an hour late, the numbers are still those of that instant, and the message names it', () => {
    const at = due(given(order(start, 60)));
    const [intime] = given(order(start, 60), wake(at)).emit ?? [];
    const [late] = given(order(start, 60), wake(at, at + 3_600_000)).emit ?? [];
    expect(late?.data).toEqual({ ...intime?.data, occurred_at: new Date(at).toISOString() });
  });

  test('an order at the very instant comes first and keeps the person warm', () => {
    const at = due(given(order(start, 60)));
    const { state, emit } = given(order(start, 60), order(at, 60));
    expect(emit).toMatchObject([{ data: { band: 'warm', previous_band: 'warm', rule: { id: 'order' } } }]);
    expect(state && scoringProcessor.decide(state, wake(at), rules)).toEqual({ state });
  });

  test('a newsletter reader has five points that stay', () => {
    const { state, tally, emit } = given(profile(start, { newsletter: true, email: 'a@b.example' }));
    expect(state).toMatchObject({ fit: 5, traits: { newsletter: true }, band: 'cold' });
    expect(tally).toEqual({ 'band.cold': 1 });
    expect(emit ?? []).toEqual([]);
  });

  test('what is published fits its contract', () => {
    const [published] =
      given(
        profile(start, { newsletter: true }),
        order(start, 60),
        wake(due(given(order(start, 60))) + day * 20, start + 900 * day),
      ).emit ?? [];
    expect(scores.schema.safeParse({ ...derived(start), ...published?.data }).error).toBeUndefined();
    expect(published?.data).toMatchObject({ band: 'cold' });
  });
});
