import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { events, personId, stages, type DataOf } from '#contracts';
import { parsePlaybook } from '#playbook';
import { rulesOf } from './domain/rules.ts';
import { stagesProcessor } from './stages.processor.ts';

const day = 86_400_000;
const quiet = 90 * day;
const end = Date.UTC(1998, 6, 1);

const rules = rulesOf(
  parsePlaybook(`
name: cdnow
defaults: { zone: UTC, locale: en }
sending: { window: { from: "09:00", to: "20:00" } }
scoring: { half_life: 7d, bands: [{ id: cold, from: 0 }] }
stages:
  initial: visitor
  names: [visitor, active, lapsed]
  transitions:
    - { id: first-order, from: [visitor], to: active, on: { event: Order Completed } }
    - { id: return, from: [lapsed], to: active, on: { event: Order Completed } }
    - { id: lapse, from: [active], to: lapsed, after: { quiet: 90d, since: { event: Order Completed } } }`),
);

/** Instants of every person's orders (12:00 UTC of their date), in order. */
function history(): Map<string, number[]> {
  const people = new Map<string, number[]>();
  for (const line of readFileSync(new URL('../../examples/cdnow/cdnow_sample.txt', import.meta.url), 'utf8').split('\n')) {
    const [id, , date] = line.trim().split(/\s+/);
    if (id === undefined || date === undefined) continue;
    const at = Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6)), 12);
    people.set(id, [...(people.get(id) ?? []), at]);
  }
  for (const [id, orders] of people)
    people.set(
      id,
      orders.toSorted((a, b) => a - b),
    );
  return people;
}

type State = NonNullable<ReturnType<typeof stagesProcessor.decide>['state']>;

/** One person's orders and wakes through the processor: wakes strictly before what follows them. */
function lived(id: string, orders: readonly number[]) {
  const tally: Record<string, number> = {};
  const moves: DataOf<typeof stages>[] = [];
  let state: State | undefined;
  const common = (name: string, at: number) => ({
    id: name,
    person_id: personId(id),
    at: new Date(at).toISOString(),
    cause: { id },
  });
  const take = (message: Parameters<typeof stagesProcessor.decide>[1]): void => {
    const decision = stagesProcessor.decide(state, message, rules);
    state = decision.state;
    for (const [name, n] of Object.entries(decision.tally ?? {})) tally[name] = (tally[name] ?? 0) + n;
    for (const { data } of decision.emit ?? []) moves.push(stages.schema.parse({ ...data, ...common(personId(id), message.at) }));
  };
  const wake = (time: number): void => {
    for (let at; state !== undefined && (at = stagesProcessor.wakeAt?.(state, rules)) !== undefined && at < time;) {
      take({ kind: 'wake', key: personId(id), id: `wake ${String(at)}`, named: at, at });
    }
  };
  orders.forEach((at, n) => {
    wake(at);
    const name = `${id}-${String(n)}`;
    const event = {
      event: 'Order Completed',
      moment: new Date(at).toISOString(),
      moment_source: 'claimed' as const,
      source: 'cdnow',
      message_id: name,
      properties: {},
    };
    take({ kind: 'record', topic: events.name, key: personId(id), id: name, at, data: { ...common(name, at), ...event } });
    state = JSON.parse(JSON.stringify(state)) as State;
  });
  wake(end);
  return { tally, moves };
}

test("CDNOW's customers lapse and return as their gaps say", () => {
  const people = history();
  const total: Record<string, number> = {};
  let [entered, left, inside, atTheInstant] = [0, 0, 0, 0];
  for (const [id, orders] of people) {
    const gaps = orders.map((at, n) => (orders[n + 1] ?? end) - at);
    const long = gaps.filter((gap) => gap > quiet).length;
    const lapsed = (gaps.at(-1) ?? 0) > quiet;
    entered += long;
    left += long - Number(lapsed);
    inside += Number(lapsed);
    atTheInstant += gaps.slice(0, -1).filter((gap) => gap === quiet).length;

    const { tally, moves } = lived(id, orders);
    for (const [name, n] of Object.entries(tally)) total[name] = (total[name] ?? 0) + n;
    const lapses = moves.filter(({ to }) => to === 'lapsed');
    expect(lapses.map(({ occurred_at }) => Date.parse(occurred_at))).toEqual(
      orders.filter((_, n) => (gaps[n] ?? 0) > quiet).map((at) => at + quiet),
    );
  }
  expect(total).toEqual({
    'stage.active': people.size - inside,
    'stage.lapsed': inside,
    'transition.visitor→active': people.size,
    'transition.active→lapsed': entered,
    'transition.lapsed→active': left,
    churned: entered,
    returned: left,
  });
  expect(atTheInstant).toBeGreaterThan(0);
});
