import { Temporal } from 'temporal-polyfill';
import type { When } from '../measure.ts';

/** An event as it happened, to the reference. `does`: earns or is counted, spends, or undoes what is about the same object. */
export interface Fact {
  readonly does: 'happen' | 'spend' | 'undo';
  readonly moment: number;
  readonly zone: string;
  readonly object?: string;
  /** In major units, with at most two decimals. */
  readonly amount: number;
  readonly value: string;
}

type Unit = 'hour' | 'day' | 'week' | 'month';
const dateOf = (at: number, zone: string): Temporal.PlainDate =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate();
const monday = (date: Temporal.PlainDate): Temporal.PlainDate => date.subtract({ days: date.dayOfWeek - 1 });
const periodStart = (date: Temporal.PlainDate, unit: Unit): Temporal.PlainDate =>
  unit === 'week' ? monday(date) : unit === 'month' ? date.with({ day: 1 }) : date;
const backwards = (n: number, unit: Unit): Temporal.DurationLike =>
  unit === 'week' ? { weeks: n } : unit === 'month' ? { months: n } : { days: n };
const money = (cents: number, digits = 2): string => {
  const text = (cents / 100).toFixed(digits);
  return digits === 2 ? text : String(Number((cents / 100).toFixed(2)));
};
const cents = (facts: readonly Fact[]): number => facts.reduce((sum, { amount }) => sum + Math.round(amount * 100), 0);
const seen = (fact: Fact | undefined): { at: number; date: string } | null =>
  fact === undefined ? null : { at: fact.moment, date: dateOf(fact.moment, fact.zone).toString() };

/** The facts that count: no object that was undone, of each object the first one, all in order of their moment. */
function counting(facts: readonly Fact[]): readonly Fact[] {
  const sorted = facts.toSorted((a, b) => a.moment - b.moment);
  const undone = new Set(sorted.flatMap(({ does, object }) => (does === 'undo' ? object : [])));
  const known = new Set<string>();
  return sorted.filter(({ does, object }) => {
    if (does === 'undo' || (object !== undefined && undone.has(object))) return false;
    const key = `${does} ${object ?? ''}`;
    if (object !== undefined && known.has(key)) return false;
    known.add(key);
    return true;
  });
}

/** Those facts that a span (`ever`, `this week`, `last 3 days`) has in it. */
function inSpan(facts: readonly Fact[], span: string, { at, zone }: When): readonly Fact[] {
  if (span === 'ever') return facts;
  const [, which = '', unit = 'day'] = /(\d+|this) (hour|day|week|month)/.exec(span) ?? [];
  const n = which === 'this' ? 1 : Number(which);
  if (unit === 'hour') {
    const step = n * 60_000;
    return facts.filter(({ moment }) => Math.floor(moment / step) > Math.floor(at / step) - 60);
  }
  const begins = periodStart(dateOf(at, zone), unit as Unit).subtract(backwards(n - 1, unit as Unit));
  return facts.filter((fact) => Temporal.PlainDate.compare(dateOf(fact.moment, fact.zone), begins) >= 0);
}

function streak(facts: readonly Fact[], unit: Unit, grace: number, { at, zone }: When): unknown {
  const starts = facts.map((fact) => periodStart(dateOf(fact.moment, fact.zone), unit).toString());
  const active = [...new Set(starts)].sort().map((text) => Temporal.PlainDate.from(text));
  const runs: Temporal.PlainDate[][] = [];
  const joins = (earlier: Temporal.PlainDate, later: Temporal.PlainDate): boolean =>
    Temporal.PlainDate.compare(earlier.add(backwards(grace + 1, unit)), later) >= 0;
  for (const date of active) {
    const run = runs.at(-1);
    const end = run?.at(-1);
    if (run !== undefined && end !== undefined && joins(end, date)) run.push(date);
    else runs.push([date]);
  }
  const longest = Math.max(0, ...runs.map((run) => run.length));
  const [now, run] = [periodStart(dateOf(at, zone), unit), runs.at(-1)];
  const end = run?.at(-1);
  if (run === undefined || end === undefined || !joins(end, now)) return { length: 0, longest, since: null };
  return { length: run.length, longest, since: run[0]?.toString() };
}

function habit(facts: readonly Fact[], span: number, against: number, { at, zone }: When): unknown {
  const today = dateOf(at, zone);
  const ages = facts.map((fact) => dateOf(fact.moment, fact.zone).until(today).days);
  const recent = ages.filter((age) => age < span).length;
  const oldest = Math.max(-1, ...ages);
  const spans = Math.min(against, Math.max(0, Math.floor((oldest + 1) / span) - 1));
  const before = ages.filter((age) => age >= span && age < span * (spans + 1)).length;
  return { recent, before, spans, percent: before === 0 ? null : Math.floor((recent * spans * 100) / before) };
}

function points(facts: readonly Fact[], validity: number, { at, zone }: When): unknown {
  let lots: { left: number; ends: Temporal.PlainDate }[] = [];
  let owed = 0;
  const endsBy = (date: Temporal.PlainDate): void => {
    lots = lots.filter(({ ends }) => Temporal.PlainDate.compare(ends, date) > 0);
  };
  const pay = (): void => {
    for (const lot of lots) {
      const paid = Math.min(lot.left, owed);
      lot.left -= paid;
      owed -= paid;
    }
    lots = lots.filter(({ left }) => left > 0);
  };
  // Local dates decide: somebody who flies west over midnight at the end of a month has spent in the month before.
  const dated = facts.map((fact) => ({ ...fact, date: dateOf(fact.moment, fact.zone) }));
  const months = dated.toSorted((a, b) => Temporal.PlainYearMonth.compare(a.date.toPlainYearMonth(), b.date.toPlainYearMonth()));
  for (const { does, amount, date } of months) {
    endsBy(date);
    if (does === 'spend') owed += Math.round(amount * 100);
    else lots.push({ left: Math.round(amount * 100), ends: date.with({ day: 1 }).add({ months: validity + 1 }) });
    pay();
  }
  endsBy(dateOf(at, zone));
  const [next] = lots;
  const expiring = lots.filter(({ ends }) => next?.ends.equals(ends)).reduce((sum, { left }) => sum + left, 0);
  return {
    balance: money(
      lots.reduce((sum, { left }) => sum + left, -owed),
      0,
    ),
    expires: next === undefined ? null : { amount: money(expiring, 0), date: next.ends.toString() },
  };
}

/** The value of a number as someone would compute it who sees everything at once. `digits`: of money; 0 where amounts have no unit. */
export function naive(spec: Readonly<Record<string, unknown>>, facts: readonly Fact[], when: When, digits = 0): unknown {
  const [kind = '', parameter] = Object.entries(spec)[0] ?? [];
  const all = counting(facts);
  const happened = all.filter(({ does }) => does === 'happen');
  const within = inSpan(happened, String(spec['in'] ?? parameter), when);
  const extreme = (sign: number): unknown => {
    const [best] = within.toSorted((a, b) => sign * (b.amount - a.amount) || a.moment - b.moment);
    return best === undefined ? null : { amount: money(Math.round(best.amount * 100), digits), ...seen(best) };
  };
  switch (kind) {
    case 'count':
      return within.length;
    case 'sum':
      return money(cents(within), digits);
    case 'max':
      return extreme(1);
    case 'min':
      return extreme(-1);
    case 'first':
      return seen(happened[0]);
    case 'last':
      return seen(happened.at(-1));
    case 'distinct':
      return { count: new Set(within.map(({ value }) => value)).size, approximate: false };
    case 'streak':
      return streak(happened, String(parameter).replace(/s$/, '') as Unit, Number(spec['grace'] ?? 0), when);
    case 'habit':
      return habit(happened, Number.parseInt(String(parameter), 10), Number(spec['against']), when);
    case 'points':
      return points(all, Number.parseInt(String(parameter), 10), when);
    default:
      throw new Error(`The reference knows no kind "${kind}"; teach it in libs/measures/testing/naive.ts.`);
  }
}
