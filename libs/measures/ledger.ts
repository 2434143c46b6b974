import { digestBytes } from './digest.ts';
import type { Entry } from './measure.ts';

/** What is known of an object (an order, a workout) by its key: its event, or that it was undone. */
export interface Row {
  readonly key: string;
  /** Of its event, or of the undo, epoch ms. */
  readonly moment: number;
  /** Absent where it was undone. */
  readonly entry?: Entry;
}

/** The last objects of a person, by moment: those that may still be repeated, corrected or undone. */
export type Ledger = readonly Row[];

/** So many objects, and those of so many ms before the newest one, are remembered by their key. */
export const ledgerLimits = { rows: 64, horizonMs: 90 * 86_400_000 } as const;

/** A ledger of objects with so many marks each is never larger, in bytes of JSON. */
export const ledgerBytes = (marks: number): number => 2 + ledgerLimits.rows * (160 + digestBytes + marks * (digestBytes + 210));

/** `counted`: is new. `repeat`: was known. `undone`: is out, and stays so. `unknown`: an undo of what is not, or no longer, in the ledger. */
export type Outcome = 'counted' | 'repeat' | 'undone' | 'unknown';

const written = (row: Row): string => JSON.stringify(row);
const before = (one: Row, other: Row): boolean =>
  one.moment < other.moment || (one.moment === other.moment && written(one) < written(other));

/** Of two rows of one key: an undo holds, whichever came first; of two events the earlier one counts. */
function winner(one: Row, other: Row): Row {
  if ((one.entry === undefined) !== (other.entry === undefined)) return one.entry === undefined ? one : other;
  return before(other, one) ? other : one;
}

/** The ledger with a row. `settled`: events that are too many or too old to be held back any longer. */
export function entered(ledger: Ledger, row: Row): { ledger: Ledger; settled: readonly Entry[]; outcome: Outcome } {
  const known = ledger.find(({ key }) => key === row.key);
  if (known !== undefined) {
    const held = winner(known, row);
    const outcome = held.entry === undefined ? 'undone' : 'repeat';
    return held === known ? { ledger, settled: [], outcome } : { ...trimmed(placed(ledger, held)), outcome };
  }
  return { ...trimmed(placed(ledger, row)), outcome: row.entry === undefined ? 'unknown' : 'counted' };
}

/** Both ledgers as one. */
export function merged(one: Ledger, other: Ledger): { ledger: Ledger; settled: readonly Entry[] } {
  const rows = new Map(one.map((row) => [row.key, row] as const));
  for (const row of other) {
    const mine = rows.get(row.key);
    rows.set(row.key, mine === undefined ? row : winner(mine, row));
  }
  return trimmed([...rows.values()].sort((a, b) => (before(a, b) ? -1 : 1)));
}

function placed(ledger: Ledger, row: Row): Ledger {
  const others = ledger.filter(({ key }) => key !== row.key);
  const at = others.findLastIndex((other) => before(other, row)) + 1;
  return others.toSpliced(at, 0, row);
}

function trimmed(ledger: Ledger): { ledger: Ledger; settled: readonly Entry[] } {
  const oldest = (ledger.at(-1)?.moment ?? 0) - ledgerLimits.horizonMs;
  const surplus = Math.max(
    ledger.length - ledgerLimits.rows,
    ledger.findIndex(({ moment }) => moment >= oldest),
    0,
  );
  const gone = ledger.slice(0, surplus);
  return { ledger: surplus === 0 ? ledger : ledger.slice(surplus), settled: gone.flatMap(({ entry }) => entry ?? []) };
}
