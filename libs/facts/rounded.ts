/**
 * A number for people: what arithmetic with floats adds behind the given decimals is left out, so 14.999999996499778 is 15. Never
 * -0. Numbers from 1e15 on have no decimals to leave out and stay as they are.
 */
export const rounded = (n: number, decimals = 6): number =>
  Number.isInteger(n) || Math.abs(n) >= 1e15 ? n + 0 : Number(n.toFixed(decimals)) + 0;

/** For `JSON.stringify`: prints every number of a value rounded. */
export const roundedNumbers = (_: string, value: unknown): unknown => (typeof value === 'number' ? rounded(value) : value);
