import fc from 'fast-check';
import { parsePlaybook, type Playbook } from '#playbook';
import { delivery } from '../../../services/delivery/delivery.processor.ts';
import { rulesOf as deliveryRules } from '../../../services/delivery/rules.ts';
import { identity } from '../../../services/ingestion/identity.processor.ts';
import { profileOf, type Person } from '../../../services/ingestion/domain/profile.ts';
import { profile } from '../../../services/ingestion/profile.processor.ts';
import { rulesOf as ingestionRules } from '../../../services/ingestion/rules.ts';
import { rulesOf as milestoneRules } from '../../../services/milestones/domain/rules.ts';
import { milestonesProcessor } from '../../../services/milestones/milestones.processor.ts';
import { rulesOf as orchestrationRules } from '../../../services/orchestration/domain/rules.ts';
import { unsealed } from '../../../services/orchestration/testing/unsealed.ts';
import { orchestrationProcessor } from '../../../services/orchestration/orchestration.processor.ts';
import { rulesOf as scoringRules } from '../../../services/scoring/domain/rules.ts';
import { scoringProcessor } from '../../../services/scoring/scoring.processor.ts';
import { rulesOf as stageRules } from '../../../services/stages/domain/rules.ts';
import { stagesProcessor } from '../../../services/stages/stages.processor.ts';
import { coming, lastInstant, lead, type Tried } from '../lead.ts';
import { contents, names } from '../records.ts';
import { target } from '../target.ts';

/** Rules about events, properties and traits that are named as something that every object has, beside usual ones. */
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

const text = `
name: hostile
defaults: { zone: Europe/Madrid, locale: es }
sending: { window: { from: "09:00", to: "20:00" }, daily_cap: 1, behaviour_monthly_cap: 2 }
categories:
  - { id: news, title: { es: Noticias }, consent: opt_out }
  - { id: constructor, title: { es: Nuevas }, consent: opt_out }
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
  - { id: constructor, kind: count, of: { event: Order Completed }, threshold: 1 }
plays:
  - { id: constructor, on: { milestone: [constructor] }, exit: [{ event: valueOf }], category: constructor, priority: 99, not_after: 60d, template: constructor }
${each((event, n) => `  - { id: p${String(n)}, on: { event: ${event}, where: ${conditionOf(n)} }, category: ${['account', 'news', 'constructor', 'news'][n % 4] ?? ''}, priority: ${String(n)}, not_after: 30d, template: x }`)}
  - { id: counted, on: { milestone: [c0, c1, a0] }, exit: [{ event: constructor }], category: news, priority: 100, not_after: 365d, template: x }
  - { id: left, on: { stage: lapsed }, exit: [{ stage_left: lapsed }], category: news, priority: 50, not_after: 60d, template: x }
  - { id: warm, on: { band: hot }, category: news, priority: 50, not_after: 60d, template: x }
`;

const playbook = parsePlaybook(text);
/** The same shop after a change: other numbers, no window to speak of, and half of the events have no rule any more. */
const later = parsePlaybook(
  text
    .replaceAll('Order Completed', 'Order Paid')
    .replaceAll('threshold: 1 ', 'threshold: 9007199254740991 ')
    .replaceAll('half_life: 1d', 'half_life: 1s')
    .replaceAll('threshold: 100 ', 'threshold: 0.01 ')
    .replaceAll('to: "20:00"', 'to: "09:01"')
    .replaceAll(/^ {4}- \{ id: [tq]0,.*\n/gm, '')
    .replaceAll('zone: Europe/Madrid', 'zone: Pacific/Apia'),
);

/** Version 1 kept traits and consents as objects. */
const personV1 = (state: unknown): object => {
  const person = state as Person;
  return { ...person, traits: Object.fromEntries(person.traits), consents: profileOf(person).consents };
};

const given: readonly { processor: object; of: (playbook: Playbook) => unknown; older?: (state: unknown) => unknown }[] = [
  { processor: identity, of: (p: Playbook) => ingestionRules(p).identity },
  { processor: profile, of: (p: Playbook) => ingestionRules(p).profile, older: personV1 },
  { processor: scoringProcessor, of: scoringRules },
  { processor: stagesProcessor, of: stageRules },
  { processor: milestonesProcessor, of: milestoneRules },
  { processor: orchestrationProcessor, of: (p: Playbook) => orchestrationRules(p, unsealed) },
  { processor: delivery, of: deliveryRules },
];
const tried = given.map(
  ({ processor, of, older }) => ({ processor, rules: of(playbook), later: of(later), older }) as unknown as Tried,
);

/**
 * No history of records, restarts, upgrades and changes of the playbook makes a processor throw, wake at no instant, keep more than its
 * bound, count what is no number, or emit what its contract refuses.
 */
export const processors: readonly ReturnType<typeof target>[] = tried.map((one) =>
  target(
    `processors/${one.processor.name}`,
    fc.property(
      fc.integer({ min: 0, max: lastInstant }),
      fc.array(
        fc.oneof(...one.processor.inputs.map(({ contract: { name } }) => coming(name, contents[name] ?? fc.constant({})))),
        {
          minLength: 1,
          maxLength: 12,
        },
      ),
      (begin, records) => {
        lead(one, begin, records);
      },
    ),
  ),
);
