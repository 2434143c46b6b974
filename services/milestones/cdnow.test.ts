import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { events, milestones, personId, profiles, type DataOf } from '#contracts';
import { parsePlaybook } from '#playbook';
import { rulesOf } from './domain/rules.ts';
import { milestonesProcessor } from './milestones.processor.ts';

const day = 86_400_000;
const end = Date.UTC(1998, 6, 1);
const zones = ['Europe/Madrid', 'America/Mexico_City', 'America/Bogota', 'America/Los_Angeles', 'Pacific/Auckland'] as const;
const counts = [1, 3, 5, 10, 25, 50];
const sums = [100, 250, 500, 1000];

const of = 'of: { event: Order Completed }';
const rules = rulesOf(
  parsePlaybook(`
name: cdnow
defaults: { zone: UTC, locale: en }
sending: { window: { from: "09:00", to: "20:00" } }
scoring: { half_life: 7d, bands: [{ id: cold, from: 0 }] }
stages: { initial: visitor, names: [visitor], transitions: [] }
milestones:
${counts.map((n) => `  - { id: orders-${String(n)}, kind: count, ${of}, threshold: ${String(n)} }`).join('\n')}
${sums.map((n) => `  - { id: spend-${String(n)}, kind: sum, ${of}, property: revenue, currency: USD, threshold: ${String(n)} }`).join('\n')}
  - { id: first-purchase-anniversary, kind: anniversary, ${of} }`),
);

interface Order {
  readonly at: number;
  readonly dollars: string;
}

/** Every person's orders (12:00 UTC of their date), by date and line. */
function history(): Map<string, Order[]> {
  const people = new Map<string, Order[]>();
  for (const line of readFileSync(new URL('../../examples/cdnow/cdnow_sample.txt', import.meta.url), 'utf8').split('\n')) {
    const [id, , date, , dollars] = line.trim().split(/\s+/);
    if (id === undefined || date === undefined || dollars === undefined) continue;
    const at = Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6)), 12);
    people.set(id, [...(people.get(id) ?? []), { at, dollars }]);
  }
  for (const [id, orders] of people)
    people.set(
      id,
      orders.toSorted((a, b) => a.at - b.at),
    );
  return people;
}

type State = NonNullable<ReturnType<typeof milestonesProcessor.decide>['state']>;

/** One person's profile, orders and wakes through the processor: wakes strictly before what follows them. */
function lived(id: string, zone: string, orders: readonly Order[]): DataOf<typeof milestones>[] {
  const reached: DataOf<typeof milestones>[] = [];
  let state: State | undefined;
  const common = (name: string, at: number) => ({
    id: name,
    person_id: personId(id),
    at: new Date(at).toISOString(),
    cause: { id },
  });
  const take = (message: Parameters<typeof milestonesProcessor.decide>[1]): void => {
    const decision = milestonesProcessor.decide(state, message, rules);
    state = decision.state === undefined ? undefined : (JSON.parse(JSON.stringify(decision.state)) as State);
    for (const { data } of decision.emit ?? [])
      reached.push(milestones.schema.parse({ ...data, ...common(personId(id), message.at) }));
  };
  const wake = (time: number): void => {
    for (let at; state !== undefined && (at = milestonesProcessor.wakeAt?.(state, rules)) !== undefined && at < time;) {
      take({ kind: 'wake', key: personId(id), id: `wake ${String(at)}`, named: at, at });
    }
  };
  const first = orders[0]?.at ?? NaN;
  const profile = { ...common('profile', first), user_id: id, zone, traits: {}, consents: {}, replayed: true };
  take({ kind: 'record', topic: profiles.name, key: personId(id), id: 'profile', at: first, data: profile });
  orders.forEach(({ at, dollars }, n) => {
    wake(at);
    const name = `${id}-${String(n)}`;
    const properties = { revenue: Number(dollars), currency: 'USD' };
    const event = {
      event: 'Order Completed',
      moment: new Date(at).toISOString(),
      moment_source: 'claimed' as const,
      source: 'cdnow',
      message_id: name,
      properties,
    };
    take({ kind: 'record', topic: events.name, key: personId(id), id: name, at, data: { ...common(name, at), ...event } });
  });
  wake(end);
  return reached;
}

const formats = new Map(
  zones.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }),
  ]),
);
/** The engine's own calendar, not the one under test. */
const localDate = (at: number, zone: (typeof zones)[number]): string | undefined => formats.get(zone)?.format(at);
const cents = ({ dollars }: Order): number => Number(dollars.replace('.', ''));
const adds = (orders: readonly Order[]): number => orders.reduce((total, order) => total + cents(order), 0);

test("CDNOW's customers reach what their orders say", () => {
  const expected: Record<string, number> = {};
  const actual: Record<string, number> = {};
  for (const [id, orders] of history()) {
    const zone = zones[Number(id) % zones.length] ?? zones[0];
    const first = orders[0]?.at ?? NaN;
    const should = [
      ...counts.filter((n) => orders.length >= n).map((n) => `orders-${String(n)}`),
      ...sums.filter((n) => adds(orders) >= n * 100).map((n) => `spend-${String(n)}`),
      // A year and two days are past in every zone; nobody is nearer to the end than that.
      ...(first + 367 * day <= end ? ['first-purchase-anniversary'] : []),
    ];
    const reached = lived(id, zone, orders);
    expect(reached.map(({ milestone }) => milestone).toSorted()).toEqual(should.toSorted());
    for (const name of should) expected[name] = (expected[name] ?? 0) + 1;
    for (const { milestone, kind, occurred_at, value, aggregates } of reached) {
      actual[milestone] = (actual[milestone] ?? 0) + 1;
      const occurredAt = Date.parse(occurred_at);
      if (kind === 'anniversary') {
        const date = `1998${String(localDate(first, zone)?.slice(4))}`;
        expect([aggregates.local_date, localDate(occurredAt, zone)]).toEqual([date, date]);
        expect(localDate(occurredAt - 1, zone)).not.toBe(date);
        const before = orders.filter(({ at }) => at <= occurredAt);
        expect([aggregates.count, aggregates.sum_minor, aggregates.first_at]).toEqual([
          before.length,
          adds(before),
          new Date(first).toISOString(),
        ]);
      } else {
        const soFar = orders.slice(0, aggregates.count);
        expect([soFar.at(-1)?.at, aggregates.sum_minor]).toEqual([occurredAt, adds(soFar)]);
        const threshold = Number(milestone.split('-')[1]);
        if (kind === 'count') expect([value, soFar.length]).toEqual([threshold, threshold]);
        else expect([value, adds(soFar.slice(0, -1)) < threshold * 100]).toEqual([adds(soFar), value >= threshold * 100]);
      }
    }
  }
  expect(actual).toEqual(expected);
  expect(Object.keys(actual)).toHaveLength(counts.length + sums.length + 1);
});
