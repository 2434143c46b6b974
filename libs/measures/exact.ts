import type { Amounts } from './measure.ts';

/** A whole number without a largest one: a number while that is exact, else its decimal digits. Plain JSON. */
export type Exact = number | string;

/** Room for the JSON of a sum of 2^53 amounts of 2^53 minor units each, with its sign and quotes. */
export const exactBytes = 36;

/** The sum, never rounded. One value is always written in one way. */
export function plus(a: Exact, b: Exact): Exact {
  if (typeof a === 'number' && typeof b === 'number' && Number.isSafeInteger(a + b)) return a + b;
  const sum = BigInt(a) + BigInt(b);
  const near = Number(sum);
  return Number.isSafeInteger(near) ? near : String(sum);
}

/** Minor units as people write them: 8100 is 81.00 in money, and 81 where decimals are shown only if they say something. */
export function decimal(units: Exact, { digits, fixed }: Amounts): string {
  const value = BigInt(units);
  const scale = 10n ** BigInt(digits);
  const size = value < 0n ? -value : value;
  const fraction = digits === 0 ? '' : `.${String(size % scale).padStart(digits, '0')}`;
  const shown = fixed ? fraction : fraction.replace(/\.?0+$/, '');
  return `${value < 0n ? '-' : ''}${String(size / scale)}${shown}`;
}
