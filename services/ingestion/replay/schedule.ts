import type { Fit } from '../domain/collect.ts';
import type { Json } from '../domain/fields.ts';
import type { Order } from './history.ts';

/** A call's place in the whole replay: its seq, strictly growing and the same in every run over the same calls. */
interface Placed {
  readonly position: number;
  /** Its arrival, epoch ms in virtual time. */
  readonly at: number;
}

/** A call of a history, as an SDK would send it. */
export interface PlannedCall extends Placed {
  readonly item: Json;
}

/** A call that has come before, as it lies on `collected`. */
export interface RepeatedCall extends Placed {
  readonly past: Fit;
}

/** The calls of some virtual time and the clock record that closes it: "everything before `clock.at` has been sent". */
export interface Tick<Call = PlannedCall | RepeatedCall> {
  readonly calls: readonly Call[];
  readonly clock: { readonly position: number; readonly at: number };
}

export interface ScheduleOptions {
  /** The day of the last order, epoch ms of its 00:00 UTC. */
  readonly until: number;
  /** Length of a tick, virtual ms. */
  readonly tickMs?: number;
  /** A tick with this many calls is closed earlier, at an instant's end. */
  readonly tickCalls?: number;
}

const day = 86_400_000;
const noon = day / 2;

/** Where the invented people live, and what they speak; chosen by customer id. */
const places = [
  { timezone: 'Europe/Madrid', locale: 'es' },
  { timezone: 'America/Mexico_City', locale: 'es' },
  { timezone: 'America/Bogota', locale: 'es' },
  { timezone: 'America/Los_Angeles', locale: 'en' },
  { timezone: 'Pacific/Auckland', locale: 'en' },
] as const;

/** How far the history is moved so that its last day is `until`, ms; whole days. */
const shiftOf = (orders: readonly Order[], until: number): number => until - (orders.at(-1)?.day ?? until);

/** Number of calls of a replay: the orders and one identify for each customer. */
export const callCount = (orders: readonly Order[]): number =>
  orders.length + new Set(orders.map(({ customer }) => customer)).size;

/**
 * The whole replay of orders sorted by (day, line): a clock record at 00:00 of the first day, then ticks in which there are
 * calls, then a last clock record at 00:00 after the last day. No clock record is later than the call that follows it.
 */
export function* schedule(
  orders: readonly Order[],
  { until, tickMs = 900_000, tickCalls = 20_000 }: ScheduleOptions,
): Generator<Tick<PlannedCall>, void> {
  const shift = shiftOf(orders, until);
  const met = new Set<string>();
  let position = 0;
  let calls: PlannedCall[] = [];
  let last = Number.NEGATIVE_INFINITY;
  const close = (at: number): Tick<PlannedCall> => {
    last = at;
    const tick = { calls, clock: { position: ++position, at } };
    calls = [];
    return tick;
  };
  const first = orders[0];
  if (first === undefined) return;
  yield close(first.day + shift);

  for (const [index, order] of orders.entries()) {
    const at = order.day + shift + noon;
    if (!met.has(order.customer)) calls.push({ position: ++position, at, item: identify(order.customer, at) });
    met.add(order.customer);
    calls.push({ position: ++position, at, item: completed(order, at) });

    const next = orders[index + 1];
    const nextAt = next === undefined ? until + day : next.day + shift + noon;
    const tickEnd = (Math.floor(at / tickMs) + 1) * tickMs;
    if (nextAt >= tickEnd || (calls.length >= tickCalls && nextAt > at)) yield close(Math.min(tickEnd, nextAt));
  }
  if (last < until + day) yield close(until + day);
}

const identify = (customer: string, at: number): Json => ({
  type: 'identify',
  messageId: `identify-${customer}`,
  userId: customer,
  timestamp: new Date(at).toISOString(),
  traits: { email: `customer-${customer}@cdnow.example`, ...places[placeOf(customer)], consents: { tracking: true } },
});

const completed = ({ line, customer, quantity, dollars }: Order, at: number): Json => ({
  type: 'track',
  messageId: `order-${String(line)}`,
  userId: customer,
  event: 'Order Completed',
  timestamp: new Date(at).toISOString(),
  properties: { revenue: dollars, currency: 'USD', quantity },
});

/** The id's number, or for an id that is none the sum of its characters. */
function placeOf(customer: string): number {
  const number = /^\d{1,15}$/.test(customer)
    ? Number(customer)
    : [...customer].reduce((sum, c) => sum + (c.codePointAt(0) ?? 0), 0);
  return number % places.length;
}
