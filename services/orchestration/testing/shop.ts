import { readFileSync } from 'node:fs';
import { personId } from '#contracts';
import { Temporal } from 'temporal-polyfill';

export interface Order {
  /** 12:00 UTC of its date, epoch ms. */
  readonly at: number;
  readonly cents: number;
}

/** A customer of the shop's history with what milestones and stages make of their orders; a model, apart from those services. */
export interface Customer {
  readonly id: string;
  readonly person: string;
  readonly zone: string;
  readonly orders: readonly Order[];
}

export interface Reached {
  readonly at: number;
  readonly milestone: string;
  readonly kind: 'count' | 'sum' | 'anniversary';
  readonly occurrence: string;
  readonly value: number;
  readonly threshold: number;
}

const zones = ['Europe/Madrid', 'America/Mexico_City', 'America/Bogota', 'America/Los_Angeles', 'Pacific/Auckland'] as const;
const day = 86_400_000;
const counts = [1, 3, 5, 10, 25, 50];
const sums = [100, 250, 500, 1000];

/** The file's rows by (date, line), dates shifted by whole days so that the last one is `last`. */
export function readShop(
  file: string,
  last: string | undefined,
): { readonly customers: readonly Customer[]; readonly end: number } {
  const rows = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [id = '', , date = '', , dollars = ''] = line.trim().split(/\s+/);
      return {
        id,
        at: Date.parse(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T12:00:00.000Z`),
        cents: Math.round(Number(dollars) * 100),
      };
    });
  const newest = Math.max(...rows.map(({ at }) => at));
  const shift = last === undefined ? 0 : Date.parse(`${last}T12:00:00.000Z`) - newest;
  const byCustomer = Map.groupBy(
    rows.map((row) => ({ ...row, at: row.at + shift })).toSorted((a, b) => a.at - b.at),
    ({ id }) => id,
  );
  const customers = [...byCustomer].map(([id, orders]): Customer => ({
    id,
    person: personId(id),
    zone: zones[Number(id) % 5]!,
    orders,
  }));
  return { customers, end: newest + shift + day / 2 };
}

const localDate = (at: number, zone: string): Temporal.PlainDate =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate();

/** Milestones before `end`: counts and sums at the order that reaches them, anniversaries at 00:00 of the local date (29 February on the 28th). */
export function milestonesOf({ orders, zone }: Customer, end: number): readonly Reached[] {
  const reached: Reached[] = [];
  let sum = 0;
  orders.forEach(({ at, cents }, n) => {
    const before = sum;
    sum += cents;
    for (const threshold of counts)
      if (threshold === n + 1)
        reached.push({ at, milestone: `orders-${String(threshold)}`, kind: 'count', occurrence: '1', value: n + 1, threshold });
    for (const threshold of sums)
      if (before < threshold * 100 && sum >= threshold * 100)
        reached.push({
          at,
          milestone: `spend-${String(threshold)}`,
          kind: 'sum',
          occurrence: '1',
          value: sum,
          threshold: threshold * 100,
        });
  });
  const first = localDate(orders[0]!.at, zone);
  for (let years = 1; ; years++) {
    const at = first.add({ years }).toZonedDateTime(zone).epochMilliseconds;
    if (at >= end) return reached;
    reached.push({
      at,
      milestone: 'first-purchase-anniversary',
      kind: 'anniversary',
      occurrence: String(years),
      value: years,
      threshold: years,
    });
  }
}

/** Into `lapsed` 90 × 24 h after an order without another (one at that very instant prevents it), out with the next order. */
export function lapsesOf(
  { orders }: Customer,
  end: number,
): readonly { readonly at: number; readonly to: 'lapsed' | 'active' }[] {
  return orders.flatMap(({ at }, n) => {
    const next = orders[n + 1]?.at;
    const lapse = at + 90 * day;
    if (lapse >= (next ?? end)) return [];
    return next === undefined
      ? [{ at: lapse, to: 'lapsed' as const }]
      : [
          { at: lapse, to: 'lapsed' as const },
          { at: next, to: 'active' as const },
        ];
  });
}
