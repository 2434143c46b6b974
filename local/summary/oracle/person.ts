import { firstMoment, localTime, yearsLater } from './local-time.ts';
import type { Definition, Rules, Transition } from './playbook.ts';

export interface Order {
  /** Epoch ms. */
  readonly at: number;
  readonly quantity: number;
  readonly cents: number;
}

export interface Reached {
  readonly milestone: string;
  readonly occurrence: number;
  readonly at: number;
  /** An anniversary's own date where the person lives. */
  readonly date: string | undefined;
}

export interface Move {
  readonly from: string;
  readonly to: string;
  readonly at: number;
}

/** What a person must have reached before `end`, counted order by order. */
export function milestonesOf(orders: readonly Order[], zone: string, end: number, definitions: readonly Definition[]): Reached[] {
  return definitions.flatMap((definition) => {
    if (definition.kind === 'never') return [];
    return definition.kind === 'anniversary' ? anniversaries(definition, orders, zone, end) : crossing(definition, orders);
  });
}

function crossing({ id, kind, threshold, property }: Definition, orders: readonly Order[]): Reached[] {
  let sum = 0;
  for (const [index, order] of orders.entries()) {
    const before = sum;
    if (kind === 'count') sum = index + 1;
    else sum += property === 'revenue' ? order.cents : property === 'quantity' ? order.quantity * 100 : 0;
    if (before < threshold && sum >= threshold) return [{ milestone: id, occurrence: 1, at: order.at, date: undefined }];
  }
  return [];
}

function anniversaries({ id }: Definition, orders: readonly Order[], zone: string, end: number): Reached[] {
  const first = orders[0];
  const found: Reached[] = [];
  if (first === undefined) return found;
  const born = localTime(zone, first.at).date;
  for (let years = 1; ; years += 1) {
    const date = yearsLater(born, years);
    const at = firstMoment(zone, date);
    if (at >= end) return found;
    found.push({ milestone: id, occurrence: years, at, date });
  }
}

/** A person's way through the stages before `end`: an order at the very instant of a move by time prevents it. */
export function movesOf(
  orders: readonly Order[],
  end: number,
  { initial, transitions }: NonNullable<Rules['stages']>,
): { moves: Move[]; stage: string } {
  const moves: Move[] = [];
  const made = new Set<Transition>();
  let stage = initial;
  let last = Number.NaN;
  const open = ({ from, to }: Transition): boolean => stage !== to && (from === undefined || from.includes(stage));
  const move = (to: string, at: number): void => {
    moves.push({ from: stage, to, at });
    stage = to;
  };
  const quietUntil = (instant: number): void => {
    for (;;) {
      const due = transitions
        .filter((transition) => transition.quietMs !== undefined && !made.has(transition) && open(transition))
        .map((transition) => ({ transition, at: Math.max(last + (transition.quietMs ?? 0), moves.at(-1)?.at ?? 0) }))
        .filter(({ at }) => at < instant)
        .reduce<{ transition: Transition; at: number } | undefined>(
          (best, one) => (best === undefined || one.at < best.at ? one : best),
          undefined,
        );
      if (due === undefined) return;
      made.add(due.transition);
      move(due.transition.to, due.at);
    }
  };
  for (const { at } of orders) {
    quietUntil(at);
    last = at;
    made.clear();
    const transition = transitions.find((one) => one.onOrder && open(one));
    if (transition !== undefined) move(transition.to, at);
  }
  quietUntil(end);
  return { moves, stage };
}
