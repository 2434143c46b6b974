import fc from 'fast-check';
import { type Contract } from '#contracts';
import { parsePlaybook } from '#playbook';
import { type Decision, type Processor } from '#stream';
import { rulesOf as milestoneRules } from '../../../services/milestones/domain/rules.ts';
import { milestonesProcessor } from '../../../services/milestones/milestones.processor.ts';
import { rulesOf as orchestrationRules } from '../../../services/orchestration/domain/rules.ts';
import { orchestrationProcessor } from '../../../services/orchestration/orchestration.processor.ts';
import { rulesOf as scoringRules } from '../../../services/scoring/domain/rules.ts';
import { scoringProcessor } from '../../../services/scoring/scoring.processor.ts';
import { rulesOf as stageRules } from '../../../services/stages/domain/rules.ts';
import { stagesProcessor } from '../../../services/stages/stages.processor.ts';
import { anyJson, anyName, inheritedNames } from '../inputs.ts';
import { target } from '../target.ts';

const person = '11111111-1111-5111-8111-111111111111';
/** Bytes of JSON that one person may take in a processor, for records as small as these. */
const stateLimit = 131_072;
const lastInstant = Date.UTC(9999, 11, 31);

/** Rules about events, properties and traits that are named as something that every object has, beside usual ones. */
const names = [...inheritedNames, 'Order Completed', 'Cart Left'];
const where = [
  'properties.revenue >= 50',
  'properties.constructor > 1 || traits.valueOf == "x"',
  'properties.name.matches("^(a+)+$") || properties.items.exists(i, i.price > traits.limit)',
  'size(traits) > 1 || properties.a.b == properties.a',
  'timestamp(properties.at) > timestamp("2026-01-01T00:00:00Z")',
];
const conditionOf = (n: number): string => JSON.stringify(where[n % where.length]);
const each = (line: (name: string, n: number) => string): string =>
  names.map((name, n) => line(JSON.stringify(name), n)).join('\n');

const playbook = parsePlaybook(`
name: hostile
defaults: { zone: Europe/Madrid, locale: es }
sending: { window: { from: "09:00", to: "20:00" }, daily_cap: 1, behaviour_monthly_cap: 2 }
categories:
  - { id: news, title: { es: Noticias }, consent: opt_out }
  - { id: account, title: { es: Cuenta }, legal: true }
scoring:
  half_life: 1d
  floor: -50
  hysteresis: 2
  rules:
${each((event, n) => `    - { id: s${String(n)}, event: ${event}, points: ${n % 3 === 0 ? '-15' : '20'}, where: ${conditionOf(n)} }`)}
    - { id: any, event: Order Completed, points: 30 }
  fit:
    - { id: constructor, where: 'traits.constructor == "x" || traits.age > 3', points: 5 }
  bands: [{ id: cold, from: 0 }, { id: constructor, from: 20 }, { id: hot, from: 50 }]
stages:
  initial: prospect
  names: [prospect, constructor, lapsed]
  transitions:
${each((event, n) => `    - { id: t${String(n)}, from: [prospect, lapsed], to: constructor, on: { event: ${event}, where: ${conditionOf(n)} } }`)}
    - { id: hot, from: [prospect], to: constructor, band: hot }
${each((event, n) => `    - { id: q${String(n)}, from: [constructor], to: lapsed, after: { quiet: ${String(n + 1)}d, since: { event: ${event} } } }`)}
milestones:
${each((event, n) => `  - { id: c${String(n)}, kind: count, of: { event: ${event} }, threshold: ${String(1 + (n % 3))} }`)}
${each((event, n) => `  - { id: a${String(n)}, kind: anniversary, of: { event: ${event} } }`)}
${each((event, n) => `  - { id: m${String(n)}, kind: sum, of: { event: ${event}, where: ${conditionOf(n)} }, property: ${event}, currency: USD, threshold: 100 }`)}
plays:
${each((event, n) => `  - { id: p${String(n)}, on: { event: ${event}, where: ${conditionOf(n)} }, category: ${n % 4 === 0 ? 'account' : 'news'}, priority: ${String(n)}, not_after: 30d, template: x }`)}
  - { id: counted, on: { milestone: [c0, c1, a0] }, exit: [{ event: constructor }], category: news, priority: 100, not_after: 365d, template: x }
  - { id: left, on: { stage: lapsed }, exit: [{ stage_left: lapsed }], category: news, priority: 50, not_after: 60d, template: x }
  - { id: warm, on: { band: hot }, category: news, priority: 50, not_after: 60d, template: x }
`);

interface Tried {
  readonly processor: Processor;
  readonly rules: unknown;
}
const tried = [
  { processor: scoringProcessor, rules: scoringRules(playbook) },
  { processor: stagesProcessor, rules: stageRules(playbook) },
  { processor: milestonesProcessor, rules: milestoneRules(playbook) },
  { processor: orchestrationProcessor, rules: orchestrationRules(playbook) },
] as unknown as readonly Tried[];

const eventName = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...names) }, anyName);
const known = fc.constantFrom('revenue', 'name', 'items', 'a', 'at', 'age', 'limit', 'plan', 'currency', ...inheritedNames);
const bag = fc
  .array(fc.tuple(fc.oneof(known, anyName), anyJson), { maxLength: 8 })
  .map((entries) => JSON.parse(JSON.stringify(Object.fromEntries(entries))) as Record<string, unknown>);
const clock = fc.oneof(
  fc.integer({ min: 0, max: lastInstant }).map((at) => new Date(at).toISOString()),
  fc.constantFrom('2026-99-99T99:99:99Z', '0001-01-01T00:00:00.000Z', '+275760-09-13T00:00:00.000Z', '1970-01-01T00:00:00.000Z'),
);
const anyZone = fc.oneof(
  fc.constantFrom('IST', 'PST', 'Europe/Madrid', 'Pacific/Apia', 'America/Havana', '+02:00', ...inheritedNames),
  anyName,
);
const consents = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom('news', 'all', 'tracking', ...inheritedNames), anyName), fc.boolean(), clock), {
    maxLength: 5,
  })
  .map((entries) => Object.fromEntries(entries.map(([name, granted, changed_at]) => [name, { granted, changed_at }])));

const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
const anyWord = fc.oneof(
  fc.constantFrom(...inheritedNames, 'prospect', 'constructor', 'lapsed', 'cold', 'hot', 'c0', 'c1', 'a0', 'count', 'sum'),
  anyName,
);
/** What comes in on each topic, beside ids and instants. */
const contents: Readonly<Record<string, fc.Arbitrary<object>>> = {
  'events.v1': fc.record({ event: eventName, occurred_at: clock, source: anyName, message_id: anyName, properties: bag }),
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
    rule: fc.record({ id: anyWord, version: anyName }),
    points: number,
  }),
  'stages.v1': fc.record({
    from: anyWord,
    to: anyWord,
    occurred_at: clock,
    rule: fc.record({ id: anyWord, version: anyName }),
    evidence: fc.record({ event_id: anyName, since: clock, quiet_ms: fc.maxSafeInteger() }, { requiredKeys: [] }),
  }),
  'milestones.v1': fc.record({
    milestone: anyWord,
    kind: anyWord,
    occurrence: anyName,
    significance: anyName,
    occurred_at: clock,
    value: number,
    threshold: number,
    aggregates: fc.record({ count: fc.maxSafeInteger(), sum_minor: fc.maxSafeInteger() }),
    rule: fc.record({ id: anyWord, version: anyName }),
  }),
  'outcomes.v1': fc.record({
    message_id: fc.constant(person),
    play: anyWord,
    category: anyWord,
    outcome: fc.constantFrom('accepted', 'unsubscribed', 'put_back', ...inheritedNames),
    occurred_at: clock,
    consents,
  }),
};

const record = (topic: string): fc.Arbitrary<{ topic: string; content: object; later: number }> =>
  fc.record({
    topic: fc.constant(topic),
    content: contents[topic] ?? fc.constant({}),
    // From a millisecond to years later; a person's time never goes back.
    later: fc.oneof(fc.constantFrom(0, 1), fc.integer({ min: 0, max: 86_400_000 }), fc.integer({ min: 0, max: 4e11 })),
  });

/** Leads one person through records and due wakes, and throws where a promise of processors is broken. */
function lead(
  { processor, rules }: Tried,
  begin: number,
  records: readonly { topic: string; content: object; later: number }[],
): void {
  let state: unknown;
  let count = 0;
  let now = begin;
  const id = (): string => `00000000-0000-5000-8000-${String(count++).padStart(12, '0')}`;
  const take = (message: object): void => {
    const decision: Decision<unknown> = processor.decide(state, message as never, rules);
    for (const { contract, data } of decision.emit ?? []) accepted(contract, data, now);
    state = decision.state === undefined ? undefined : JSON.parse(JSON.stringify(decision.state));
    const size = Buffer.byteLength(JSON.stringify(state ?? null));
    if (size > stateLimit) throw new Error(`${processor.name} keeps ${String(size)} bytes`);
  };
  const next = (): number | undefined => {
    const at = state === undefined ? undefined : processor.wakeAt?.(state, rules);
    if (at !== undefined && !Number.isSafeInteger(at)) throw new Error(`${processor.name} wakes at ${String(at)}`);
    return at;
  };
  for (const { topic, content, later } of records) {
    const until = Math.min(now + later, lastInstant);
    let named = next();
    for (let wakes = 0; named !== undefined && named <= until && wakes < 20; wakes++) {
      now = Math.max(now, named);
      take({ kind: 'wake', key: person, id: id(), named, at: now });
      const after = next();
      if (after !== undefined && after <= named) throw new Error(`${processor.name} wakes again at ${String(after)}`);
      named = after;
    }
    now = until;
    const at = new Date(now).toISOString();
    const input = processor.inputs.find(({ contract }) => contract.name === topic);
    const read = input?.contract.schema.safeParse({ ...content, id: id(), person_id: person, at, cause: { id: person } });
    // What breaks its contract never comes to a processor.
    if (read?.success !== true) continue;
    take({ kind: 'record', topic, key: person, id: id(), at: now, data: JSON.parse(JSON.stringify(read.data)) as object });
  }
}

function accepted(contract: Contract, data: object, now: number): void {
  const message = { ...data, id: person, person_id: person, at: new Date(now).toISOString(), cause: { id: person } };
  const read = contract.schema.safeParse(JSON.parse(JSON.stringify(message)));
  if (!read.success) throw new Error(`an emission violates ${contract.name}: ${read.error.message}`);
}

/** No history of records makes a processor throw, wake at no instant, keep more than its bound, or emit what its contract refuses. */
export const processors: readonly ReturnType<typeof target>[] = tried.map((one) =>
  target(
    `processors/${one.processor.name}`,
    fc.property(
      fc.integer({ min: 0, max: lastInstant }),
      fc.array(fc.oneof(...one.processor.inputs.map(({ contract }) => record(contract.name))), { minLength: 1, maxLength: 12 }),
      (begin, records) => {
        lead(one, begin, records);
      },
    ),
  ),
);
