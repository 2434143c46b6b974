import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { events, personId, profiles } from '#contracts';
import { condition, Failures, parsePlaybook } from '#playbook';
import { milestonesProcessor } from '../services/milestones/milestones.processor.ts';
import { rulesOf as milestoneRules } from '../services/milestones/domain/rules.ts';
import { rulesOf as orchestrationRules } from '../services/orchestration/domain/rules.ts';
import { orchestrationProcessor } from '../services/orchestration/orchestration.processor.ts';
import { unsealed } from '../services/orchestration/testing/unsealed.ts';
import { rulesOf as scoringRules } from '../services/scoring/domain/rules.ts';
import { scoringProcessor } from '../services/scoring/scoring.processor.ts';
import { rulesOf as stageRules } from '../services/stages/domain/rules.ts';
import { stagesProcessor } from '../services/stages/stages.processor.ts';

const where = JSON.stringify('properties.revenue / properties.items > 10');
const playbook = parsePlaybook(`
name: failing
defaults: { zone: Europe/Madrid, locale: es }
sending: { window: { from: "09:00", to: "20:00" }, daily_cap: 1, behaviour_monthly_cap: 2 }
categories: [{ id: news, title: { es: Noticias }, consent: opt_out }]
scoring:
  half_life: 1d
  rules: [{ id: spends, event: Order, points: 20, where: ${where} }]
  fit: [{ id: adult, where: 'traits.age >= 18', points: 5 }]
  bands: [{ id: cold, from: 0 }, { id: hot, from: 50 }]
stages:
  initial: prospect
  names: [prospect, active, lapsed]
  transitions:
    - { id: buys, to: active, on: { event: Order, where: ${where} } }
    - { id: sleeps, from: [active], to: lapsed, after: { quiet: 30d, since: { event: Order, where: ${where} } } }
milestones:
  - { id: first, kind: count, of: { event: Order, where: ${where} }, threshold: 1 }
plays:
  - { id: thanks, on: { event: Order, where: ${where} }, exit: [{ event: Order, where: ${where} }], category: news, priority: 1, not_after: 3d, template: x }
`);
const at = Date.parse('2026-03-01T12:00:00Z');
const derived = { id: personId('e'), person_id: personId('u'), at: new Date(at).toISOString(), cause: { id: '' } };
const order = (properties: object) =>
  ({
    kind: 'record',
    topic: events.name,
    key: derived.person_id,
    id: derived.id,
    at,
    data: {
      ...derived,
      event: 'Order',
      properties,
      moment: derived.at,
      moment_source: 'claimed',
      source: 'site',
      message_id: 'm',
    },
  }) as never;

interface Tried {
  decide(state: undefined, message: never, rules: never): { readonly tally?: Readonly<Record<string, number>> | undefined };
}
const tried: readonly [string, Tried, unknown, readonly string[]][] = [
  ['scoring', scoringProcessor, scoringRules(playbook), ['scoring/spends']],
  ['stages', stagesProcessor, stageRules(playbook), ['stages/buys', 'stages/sleeps']],
  ['milestones', milestonesProcessor, milestoneRules(playbook), ['milestones/first']],
  ['orchestration', orchestrationProcessor, orchestrationRules(playbook, unsealed), ['plays/thanks']],
];
const failuresIn = (tally: Readonly<Record<string, number>> = {}): Record<string, number> =>
  Object.fromEntries(Object.entries(tally).filter(([name]) => name.startsWith('condition.')));

describe.each(tried)('%s', (_, { decide }, rules, named) => {
  const counted = (properties: object) => failuresIn(decide(undefined, order(properties), rules as never).tally);
  const all = (reason: string) => Object.fromEntries(named.map((rule) => [`condition.${reason}.${rule}`, 1]));

  test.each([
    ['type', { revenue: 'thirty', items: 1 }],
    ['missing', { revenue: 30 }],
    ['missing', { revenue: null, items: 2 }],
    ['arithmetic', { revenue: 30, items: 0 }],
    ['arithmetic', { revenue: 1e308, items: 1e-308 }],
  ])('counts a condition that fails by %s, by its rule', (reason, properties) => {
    expect(counted(properties)).toEqual(all(reason));
  });

  test('counts nothing where conditions hold, or say no', () => {
    expect(counted({ revenue: 30, items: 1 })).toEqual({});
    expect(counted({ revenue: 1, items: 1 })).toEqual({});
  });
});

test('a condition on a trait is counted by its rule', () => {
  const data = { ...derived, traits: { age: 'old' }, consents: {}, replayed: false };
  const message = { kind: 'record', topic: profiles.name, key: derived.person_id, id: derived.id, at, data } as never;
  const { tally } = (scoringProcessor as never as Tried).decide(undefined, message, scoringRules(playbook) as never);
  expect(failuresIn(tally)['condition.type.fit/adult']).toBeGreaterThan(0);
});

test('what a decision counts depends on its own input alone, whatever was decided or thrown before', () => {
  const failures = new Failures();
  const holds = condition('properties.a > 1', 'properties', failures.of('plays/p'));
  const expected = (values: readonly unknown[]): number => values.filter((value) => typeof value !== 'number').length;
  const value = fc.constantFrom<unknown>(0, 2, 'x', null, [], undefined);
  fc.assert(
    fc.property(fc.array(fc.record({ values: fc.array(value), throws: fc.boolean() })), (decisions) => {
      for (const { values, throws } of decisions) {
        const decide = () => {
          for (const a of values) holds({ properties: a === undefined ? {} : { a } });
          if (throws) throw new Error('a bug');
          return { tally: { other: 1 } };
        };
        if (throws) expect(() => failures.counted(decide)).toThrow('a bug');
        else {
          const { other, ...counts }: Record<string, number> = failures.counted(decide).tally;
          expect([other, Object.values(counts).reduce((sum, count) => sum + count, 0)]).toEqual([1, expected(values)]);
        }
      }
    }),
  );
});
