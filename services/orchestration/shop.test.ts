import { beforeAll, describe, expect, test } from '@jest/globals';
import { loadPlaybook } from '#playbook';
import { Temporal } from 'temporal-polyfill';
import type { Input } from './domain/input.ts';
import { rulesOf } from './domain/rules.ts';
import { unsealed } from './testing/unsealed.ts';
import { drive, type Decided } from './testing/drive.ts';
import { milestone, profile, stage } from './testing/given.ts';
import { competitions, recompute } from './testing/recompute.ts';
import { lapsesOf, milestonesOf, readShop, type Customer } from './testing/shop.ts';

const rules = rulesOf(loadPlaybook('examples/shop/playbook.yaml'), unsealed);
const iso = (at: number): string => new Date(at).toISOString();
const topics = ['profiles.v1', 'events.v1', 'scores.v1', 'stages.v1', 'milestones.v1'];
const rank = (input: Input): number => (input.kind === 'record' ? topics.indexOf(input.topic) : -1);
const local = (at: number, zone: string): string =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toString();

/** What orchestration is told of a customer, in a task's order: by instant, then by input. */
const inputsOf = (customer: Customer, end: number): readonly Input[] =>
  [
    profile(iso(customer.orders[0]!.at), { zone: customer.zone, email: `customer-${customer.id}@cdnow.example`, replayed: true }),
    ...lapsesOf(customer, end).map(({ at, to }) => stage(iso(at), to === 'lapsed' ? 'active' : 'lapsed', to)),
    ...milestonesOf(customer, end).map(({ at, milestone: name, ...rest }) => milestone(iso(at), name, rest)),
  ].toSorted((a, b) => a.at - b.at || rank(a) - rank(b));

interface Mailed extends Decided {
  readonly customer: Customer;
}

/** The whole file through the decider, person by person (people are independent of each other). */
describe.each([
  ['in its own years', undefined],
  ['moved to end on 2026-11-21', '2026-11-21'],
])('eighteen months of a real shop, %s', (_, last) => {
  const { customers, end } = readShop('examples/cdnow/cdnow_sample.txt', last);
  const decisions: Mailed[] = [];
  const tally: Record<string, number> = {};
  let open = 0;
  beforeAll(() => {
    for (const customer of customers) {
      const course = drive(inputsOf(customer, end), rules, end);
      open += course.person?.open.length ?? 0;
      decisions.push(...course.decisions.map((decision) => ({ ...decision, customer })));
      for (const [name, by] of Object.entries(course.tally)) tally[name] = (tally[name] ?? 0) + by;
    }
  });
  const sent = (): readonly Mailed[] => decisions.filter(({ decision }) => decision === 'sent');

  test('10,051 candidates, each sent, dropped or still open', () => {
    const dropped = Object.entries(tally).filter(([name]) => name.startsWith('decision.dropped.'));
    expect(tally['candidates']).toBe(10_051);
    expect(tally['decision.sent']! + dropped.reduce((sum, [, n]) => sum + n, 0) + open).toBe(10_051);
    expect(tally['open']).toBe(open);
    expect(sent().length).toBe(tally['decision.sent']);
    // Another model of the rules sends 9,983, with zones given out otherwise.
    expect(Math.abs(sent().length - 9_983)).toBeLessThan(30);
  });

  test('rivals meet at each instant that brings several candidates, some four hundred times', () => {
    const brought = customers.flatMap((customer) => {
      const instants = [...milestonesOf(customer, end), ...lapsesOf(customer, end).filter(({ to }) => to === 'lapsed')].map(
        ({ at }) => `${customer.id} ${String(at)}`,
      );
      return instants.filter((instant, n) => instants.indexOf(instant) !== n);
    });
    const met = decisions
      .filter(({ at, rivals_count, candidate }) => rivals_count > 1 && at === Date.parse(candidate.occurred_at))
      .map(({ at, customer }) => `${customer.id} ${String(at)}`);
    expect(new Set(met)).toEqual(new Set(brought));
    expect(new Set(met).size).toBeGreaterThan(400);
  });

  test('every mail lies in the window of its person, before its time limit', () => {
    const outside = sent().filter(({ at, customer, candidate }) => {
      const hour = Number(local(at, customer.zone).slice(11, 13));
      return hour < 9 || hour >= 20 || at >= Date.parse(candidate.not_after);
    });
    expect(outside).toEqual([]);
  });

  test('no two mails of a person on one local date; at most two about behaviour in a local month', () => {
    const dates = sent().map(({ at, customer }) => `${customer.id} ${local(at, customer.zone).slice(0, 10)}`);
    expect(new Set(dates).size).toBe(dates.length);
    const months = Map.groupBy(
      sent().filter(({ candidate }) => candidate.behaviour),
      ({ at, customer }) => `${customer.id} ${local(at, customer.zone).slice(0, 7)}`,
    );
    expect([...months.values()].filter((mails) => mails.length > 2)).toEqual([]);
    expect([...months.values()].some((mails) => mails.length === 2)).toBe(true);
  });

  test('every anniversary mail leaves within two local dates of the day it is about, most on it', () => {
    const late = sent()
      .filter(({ candidate }) => candidate.play === 'anniversary')
      .map(({ at, candidate, customer }) => {
        const on = (instant: number): Temporal.PlainDate => Temporal.PlainDate.from(local(instant, customer.zone).slice(0, 10));
        return on(Date.parse(candidate.occurred_at)).until(on(at)).days;
      });
    expect(late.every((days) => days >= 0 && days < 2)).toBe(true);
    expect(late.filter((days) => days === 0).length).toBeGreaterThan(2_300);
  });

  test('from the decisions of an instant, its winner and every reason are recomputed', () => {
    const competed = competitions(decisions, ({ at, customer }) => `${customer.id} ${String(at)}`);
    expect(competed.flat().length).toBeGreaterThan(10_000);
    const wrong = competed.filter((together) => {
      const verdicts = recompute(together);
      return together.some(
        ({ candidate, decision, reason, rivals_count }) =>
          rivals_count !== together.length || verdicts.get(candidate.id) !== (decision === 'sent' ? 'sent' : reason),
      );
    });
    expect(wrong).toEqual([]);
  });
});
