import fc from 'fast-check';
import { anyJson, anyName, inheritedNames } from './inputs.ts';
import { lastInstant, person } from './lead.ts';

// What may lie on each topic, beside ids and instants: usual words, every name that all objects answer to, and any text or JSON.

/** Names of events that the playbooks of the targets have rules for. */
export const names = [...inheritedNames, 'Order Completed', 'Cart Left'];

const eventName = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...names) }, anyName);
const known = fc.constantFrom('revenue', 'name', 'items', 'a', 'at', 'age', 'limit', 'plan', 'currency', ...inheritedNames);
const bag = fc
  .array(fc.tuple(fc.oneof(known, anyName), anyJson), { maxLength: 8 })
  .map((entries) => JSON.parse(JSON.stringify(Object.fromEntries(entries))) as Record<string, unknown>);
const clock = fc.oneof(
  fc.integer({ min: 0, max: lastInstant }).map((at) => new Date(at).toISOString()),
  fc.constantFrom(
    '2026-99-99T99:99:99Z',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00.000Z',
    '1970-01-01T00:00:00.000Z',
    '-271821-04-20T00:00:00.000Z',
    '-271821-04-19T00:00:00.000Z',
    '-271820-01-01T00:00:00.000Z',
    '+275760-09-13T00:00:00.000Z',
    '+275760-09-12T23:59:59.999Z',
    '+275760-09-14T00:00:00.000Z',
    '+999999-12-31T23:59:59.999999999Z',
  ),
);
const anyZone = fc.oneof(
  fc.constantFrom('IST', 'PST', 'Europe/Madrid', 'Pacific/Apia', 'America/Havana', '+02:00', 'UTC', ...inheritedNames),
  anyName,
);
const consents = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom('news', 'all', 'tracking', ...inheritedNames), anyName), fc.boolean(), clock), {
    maxLength: 5,
  })
  .map((entries) => Object.fromEntries(entries.map(([name, granted, changed_at]) => [name, { granted, changed_at }])));
const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(1e308, -1e308, 5e-324, Number.MAX_SAFE_INTEGER, -0),
);
const whole = fc.maxSafeInteger();
const anyWord = fc.oneof(
  fc.constantFrom(...inheritedNames, 'prospect', 'constructor', 'lapsed', 'cold', 'hot', 'c0', 'c1', 'a0', 'count', 'sum'),
  fc.constantFrom('news', 'account', 'p0', 'p1', 'counted', 'left'),
  anyName,
);
const ruleOf = fc.record({ id: anyWord, version: anyName });
const idOf = fc.integer({ min: 0, max: 5 }).map((n) => `22222222-2222-5222-8222-22222222222${String(n)}`);

const userId = fc.oneof(fc.constantFrom('u1', 'u2', ...inheritedNames), anyName);
const json = fc.option(bag, { nil: undefined });
/** A call as the edge writes it, and as nobody should: its texts are any. */
const call = fc.record(
  {
    source: anyName,
    message_id: anyName,
    type: fc.oneof(fc.constantFrom('track', 'identify', 'page', 'screen', 'group', 'alias', 'merge-offer'), anyName),
    user_id: userId,
    anonymous_id: userId,
    previous_id: userId,
    event: fc.oneof(eventName, fc.constantFrom('Consent Granted', 'consent withdrawn')),
    properties: json,
    traits: fc.oneof(
      bag,
      fc.record(
        {
          email: anyJson,
          name: anyJson,
          locale: anyJson,
          timezone: fc.oneof(anyZone, anyJson),
          consents: anyJson,
          unsubscribed: anyJson,
        },
        { requiredKeys: [] },
      ),
    ),
    context: fc.oneof(
      bag,
      fc.record(
        { timezone: fc.oneof(anyZone, anyJson), locale: anyJson, traits: bag, consent: anyJson, consentManagement: anyJson },
        { requiredKeys: [] },
      ),
    ),
    rest: json,
    occurred_at: clock,
    timestamp: clock,
    original_timestamp: fc.oneof(clock, anyName),
    sent_at: fc.oneof(clock, anyName),
    unreadable: fc.array(anyName, { maxLength: 3 }),
    replayed: fc.boolean(),
  },
  { requiredKeys: ['source', 'message_id', 'type', 'occurred_at'] },
);

const candidate = fc.record({
  id: idOf,
  play: anyWord,
  category: anyWord,
  legal: fc.boolean(),
  consent: anyWord,
  behaviour: fc.boolean(),
  priority: whole,
  occurred_at: clock,
  not_after: clock,
  cause: fc.constant({ id: person }),
  trigger: fc.record({ topic: anyWord, name: anyWord }),
});

/** By the name of the topic. */
export const contents: Readonly<Record<string, fc.Arbitrary<object>>> = {
  'collected.v1': call,
  'identified.v1': call,
  'events.v1': fc.record({
    event: eventName,
    moment: clock,
    moment_source: fc.constantFrom('claimed', 'corrected', 'arrival'),
    source: anyName,
    message_id: anyName,
    properties: bag,
  }),
  'profiles.v1': fc.record(
    { zone: anyZone, email: fc.constantFrom('a@b.example', 'x'), locale: anyName, traits: bag, consents, replayed: fc.boolean() },
    { requiredKeys: ['traits', 'consents', 'replayed'] },
  ),
  'scores.v1': fc.record({
    engagement: number,
    fit: number,
    total: number,
    band: anyWord,
    previous_band: anyWord,
    occurred_at: clock,
    rule: ruleOf,
    points: number,
  }),
  'stages.v1': fc.record({
    from: anyWord,
    to: anyWord,
    occurred_at: clock,
    rule: ruleOf,
    evidence: fc.record({ event_id: anyName, since: clock, quiet_ms: whole }, { requiredKeys: [] }),
  }),
  'milestones.v1': fc.record({
    milestone: anyWord,
    kind: anyWord,
    occurrence: anyName,
    significance: anyName,
    occurred_at: clock,
    value: number,
    threshold: number,
    aggregates: fc.record({ count: whole, sum_minor: whole }),
    rule: ruleOf,
  }),
  'messages.v1': fc.record(
    {
      id: idOf,
      decision: fc.constantFrom('sent', 'sent', 'deferred', 'dropped', ...inheritedNames),
      candidate,
      reason: anyWord,
      rivals: fc.constant([]),
      rivals_count: whole,
      numbers: fc.record({
        zone: anyZone,
        local: fc.oneof(clock, fc.constantFrom('2026-03-08T09:00:00-07:00', '2026-03-08T09:00:00+99:99'), anyName),
        sent_today: whole,
        daily_cap: whole,
        behaviour_this_month: whole,
        monthly_cap: whole,
      }),
      rule: ruleOf,
      template: anyWord,
      variables: bag,
      replayed: fc.boolean(),
    },
    { requiredKeys: ['id', 'decision', 'candidate', 'reason', 'rivals', 'rivals_count', 'numbers', 'rule', 'replayed'] },
  ),
  'hits.v1': fc.record(
    {
      message_id: idOf,
      at: clock,
      kind: fc.oneof(fc.constantFrom('open', 'click', 'unsubscribe', ...inheritedNames), anyName),
      link: whole,
      category: anyWord,
      user_agent: anyName,
      ip: anyName,
    },
    { requiredKeys: ['message_id', 'kind'] },
  ),
  'outcomes.v1': fc.record(
    {
      message_id: idOf,
      play: anyWord,
      category: anyWord,
      outcome: fc.constantFrom('accepted', 'unsubscribed', 'put_back', ...inheritedNames),
      occurred_at: clock,
      reason: anyWord,
      consents,
      put_back: fc.record({ candidate, variables: bag }),
    },
    { requiredKeys: ['message_id', 'play', 'category', 'outcome', 'occurred_at'] },
  ),
};
