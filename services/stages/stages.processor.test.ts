import { expect, test } from '@jest/globals';
import { personId, stages } from '#contracts';
import { parsePlaybook } from '#playbook';
import { rulesOf } from './domain/rules.ts';
import { stagesProcessor } from './stages.processor.ts';

const rules = rulesOf(
  parsePlaybook(`
name: test
defaults: { zone: UTC, locale: en }
sending: { window: { from: "09:00", to: "20:00" } }
scoring: { half_life: 7d, bands: [{ id: cold, from: 0 }, { id: hot, from: 50 }] }
stages:
  initial: visitor
  names: [visitor, active, champion, lapsed]
  transitions:
    - { id: signup, from: [visitor], to: active, on: { event: Signed Up } }
    - { id: heat, from: [active], to: champion, band: hot }
    - { id: lapse, to: lapsed, after: { quiet: 30d, since: { event: Signed Up } } }`),
);

const start = Date.UTC(2024, 0, 1);
const later = start + 30 * 86_400_000;
const key = personId('1');
const iso = (at: number): string => new Date(at).toISOString();
const common = { id: personId('cause'), person_id: key, at: iso(start), cause: { id: 'x' } };
const record = { kind: 'record', key, id: common.id, at: start } as const;

const profile = { ...record, topic: 'profiles.v1', data: { ...common, traits: {}, consents: {}, replayed: false } } as const;
const signup = {
  ...record,
  topic: 'events.v1',
  data: {
    ...common,
    event: 'Signed Up',
    moment: iso(start),
    moment_source: 'claimed',
    source: 's',
    message_id: 'm',
    properties: {},
  },
} as const;
const score = {
  ...record,
  topic: 'scores.v1',
  data: {
    ...common,
    engagement: 60,
    fit: 0,
    total: 60,
    band: 'hot',
    previous_band: 'cold',
    rule: { id: 'r', version: 'v' },
    points: 60,
  },
} as const;
const wake = { kind: 'wake', key, id: 'wake', named: later, at: later + 5_000 } as const;

test('from the first message to silence: what is published and what is counted', () => {
  const steps = [];
  let state: ReturnType<typeof stagesProcessor.decide>['state'];
  for (const message of [wake, profile, profile, signup, score, wake]) {
    const decision = stagesProcessor.decide(state, message, rules);
    state = decision.state;
    steps.push([decision.tally ?? {}, ...(decision.emit ?? []).map(({ data }) => stages.schema.parse({ ...data, ...common }))]);
  }
  const version = rules.version;
  expect(steps).toEqual([
    [{}],
    [{ 'stage.visitor': 1 }],
    [{}],
    [
      { 'stage.visitor': -1, 'stage.active': 1, 'transition.visitor→active': 1 },
      {
        ...common,
        from: 'visitor',
        to: 'active',
        occurred_at: iso(start),
        rule: { id: 'signup', version },
        evidence: { event_id: common.id },
      },
    ],
    [
      { 'stage.active': -1, 'stage.champion': 1, 'transition.active→champion': 1 },
      { ...common, from: 'active', to: 'champion', occurred_at: iso(start), rule: { id: 'heat', version }, evidence: {} },
    ],
    [
      { 'stage.champion': -1, 'stage.lapsed': 1, 'transition.champion→lapsed': 1, churned: 1 },
      {
        ...common,
        from: 'champion',
        to: 'lapsed',
        occurred_at: iso(later),
        rule: { id: 'lapse', version },
        evidence: { event_id: common.id, since: iso(start), quiet_ms: later - start },
      },
    ],
  ]);
});

test('whose first message moves them never was in the initial stage', () => {
  const { tally } = stagesProcessor.decide(undefined, signup, rules);
  expect(tally).toEqual({ 'stage.active': 1, 'transition.visitor→active': 1 });
});

test('from one silence into a deeper one nobody churns again; who comes back returned once', () => {
  const deeper = rulesOf(
    parsePlaybook(`
name: test
defaults: { zone: UTC, locale: en }
sending: { window: { from: "09:00", to: "20:00" } }
scoring: { half_life: 7d, bands: [{ id: cold, from: 0 }] }
stages:
  initial: visitor
  names: [visitor, active, lapsed, churned]
  transitions:
    - { id: signup, to: active, on: { event: Signed Up } }
    - { id: lapse, from: [active], to: lapsed, after: { quiet: 30d, since: { event: Signed Up } } }
    - { id: churn, from: [lapsed], to: churned, after: { quiet: 90d, since: { event: Signed Up } } }`),
  );
  let { state } = stagesProcessor.decide(undefined, signup, deeper);
  const kpis: unknown[] = [];
  const step = (message: Parameters<typeof stagesProcessor.decide>[1]): void => {
    const decision = stagesProcessor.decide(state, message, deeper);
    state = decision.state;
    kpis.push([state?.stage, decision.tally?.['churned'] ?? 0, decision.tally?.['returned'] ?? 0]);
  };
  for (let n = 0; n < 2; n += 1) {
    const at = (state && stagesProcessor.wakeAt?.(state, deeper)) ?? 0;
    step({ kind: 'wake', key, id: 'wake', named: at, at });
  }
  const back = start + 200 * 86_400_000;
  step({ ...signup, at: back, data: { ...signup.data, moment: iso(back) } });
  expect(kpis).toEqual([
    ['lapsed', 1, 0],
    ['churned', 0, 0],
    ['active', 0, 1],
  ]);
});

test('a message that changes nothing gives back the same state', () => {
  const { state } = stagesProcessor.decide(undefined, signup, rules);
  for (const message of [profile, signup, { ...wake, named: later - 1 }])
    expect(stagesProcessor.decide(state, message, rules).state).toBe(state);
});
