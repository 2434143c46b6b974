import type { Json } from './fields.ts';

/** Traits in the order of their last change, the oldest first. Names come from outside: a list holds any of them safely. */
export type Traits = readonly (readonly [name: string, value: unknown])[];

/** Bounds of one person's traits: names, bytes of JSON together, of one value and of one name. */
export const limits = { names: 200, bytes: 32_768, value: 8_192, name: 200 } as const;

/** Never given up for others: the mail hangs on them, and each is small. */
const kept: ReadonlySet<string> = new Set(
  'email name firstName first_name lastName last_name locale language timezone zone'.split(' '),
);

const encoder = new TextEncoder();
const bytesOf = (name: string, value: unknown): number => encoder.encode(JSON.stringify([name, value])).length;

export interface Noted {
  readonly traits: Traits;
  /** Names given up: oldest-changed ones for which there was no room, and those too large in themselves. */
  readonly dropped: number;
}

/**
 * Traits after an identify. One that happened before the newest (`late`) only fills gaps; null removes. Where there is no room, the
 * trait that has not changed for longest is dropped; one that is too large is not taken, and its former value goes.
 */
export function noted(before: Traits, said: Json, late: boolean): Noted {
  const known = new Map(before);
  const fresh = new Map<string, unknown>();
  let dropped = 0;
  for (const [name, value] of Object.entries(said)) {
    if (late && known.has(name)) continue;
    if (!late && known.has(name) && same(known.get(name), value)) continue;
    known.delete(name);
    if (value === null || value === undefined) continue;
    if (name.length > limits.name || bytesOf(name, value) > limits.value) dropped++;
    else fresh.set(name, value);
  }
  if (fresh.size === 0 && known.size === before.length) return { traits: before, dropped };
  const all = late ? [...fresh, ...known] : [...known, ...fresh];
  const { traits, given } = fitting(all);
  return { traits, dropped: dropped + given };
}

function fitting(all: Traits): { traits: Traits; given: number } {
  let names = all.length;
  let bytes = all.reduce((sum, [name, value]) => sum + bytesOf(name, value), 0);
  const traits = all.filter(([name, value]) => {
    if ((names <= limits.names && bytes <= limits.bytes) || kept.has(name)) return true;
    names--;
    bytes -= bytesOf(name, value);
    return false;
  });
  return { traits, given: all.length - traits.length };
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
