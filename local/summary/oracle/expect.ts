import { readRows, type Row } from './history.ts';
import { milestonesOf, movesOf, type Move, type Order, type Reached } from './person.ts';
import { readRules, type Rules } from './playbook.ts';

/** A mail that somebody must have wanted to send. */
export interface ExpectedCandidate {
  readonly play: string;
  readonly trigger: string;
  readonly occurredAt: number;
}

export interface ExpectedPerson {
  readonly customer: string;
  readonly address: string;
  readonly zone: string;
  readonly orders: readonly Order[];
  readonly milestones: readonly Reached[];
  readonly moves: readonly Move[];
  readonly stage: string | undefined;
  readonly candidates: readonly ExpectedCandidate[];
}

/** What a replay must bring about, counted from the file of orders and the playbook's text alone. Instants in epoch ms. */
export interface Expectation {
  readonly rules: Rules;
  /** 00:00 UTC of the first day. */
  readonly from: number;
  /** 00:00 UTC after the last day. */
  readonly end: number;
  readonly orders: number;
  readonly people: readonly ExpectedPerson[];
}

const dayMs = 86_400_000;
/** Where the example's invented people live, by id modulo 5 (examples/cdnow/README.md). */
const zones = ['Europe/Madrid', 'America/Mexico_City', 'America/Bogota', 'America/Los_Angeles', 'Pacific/Auckland'];

function zoneOf(customer: string): string {
  const number = /^\d{1,15}$/.test(customer)
    ? Number(customer)
    : [...customer].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0);
  return zones[number % zones.length] ?? '';
}

/**
 * Counts from the text of a history whose last day is moved to `until` (yyyy-mm-dd), by the text of a playbook. Imports nothing of
 * the services and knows no result.
 */
export function expectation(history: string, playbook: string, until: string): Expectation {
  const rules = readRules(playbook);
  const rows = readRows(history);
  const last = Date.parse(`${until}T00:00:00Z`);
  const shift = last - (rows.at(-1)?.day ?? 0) * dayMs;
  const end = last + dayMs;
  const byCustomer = Map.groupBy(rows, ({ customer }) => customer);
  return {
    rules,
    from: (rows[0]?.day ?? 0) * dayMs + shift,
    end,
    orders: rows.length,
    people: [...byCustomer].map(([customer, theirs]) => personOf(customer, theirs, shift, end, rules)),
  };
}

function personOf(customer: string, rows: readonly Row[], shift: number, end: number, rules: Rules): ExpectedPerson {
  const zone = zoneOf(customer);
  const orders = rows.map(({ day, quantity, cents }): Order => ({ at: day * dayMs + shift + dayMs / 2, quantity, cents }));
  const milestones = milestonesOf(orders, zone, end, rules.milestones);
  const { moves, stage } = rules.stages === undefined ? { moves: [], stage: undefined } : movesOf(orders, end, rules.stages);
  return {
    customer,
    address: `customer-${customer}@cdnow.example`,
    zone,
    orders,
    milestones,
    moves,
    stage,
    candidates: candidatesOf(orders, milestones, moves, rules),
  };
}

function candidatesOf(
  orders: readonly Order[],
  milestones: readonly Reached[],
  moves: readonly Move[],
  { plays }: Rules,
): ExpectedCandidate[] {
  const happenings = [
    ...milestones.map(({ milestone, at }) => ({ on: 'milestone', name: milestone, at })),
    ...moves.map(({ to, at }) => ({ on: 'stage', name: to, at })),
    ...orders.map(({ at }) => ({ on: 'event', name: 'Order Completed', at })),
  ];
  return plays.flatMap(({ id, on, triggers }) =>
    happenings
      .filter((happening) => happening.on === on && triggers?.includes(happening.name) === true)
      .map(({ name, at }) => ({ play: id, trigger: name, occurredAt: at })),
  );
}
