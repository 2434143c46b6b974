import { z } from 'zod';

/**
 * A variable that is a whole number of such a size, in digits alone: a blank is no 0, `0x10` and `1e3` are nothing that somebody means.
 * `why`: of its bounds, for who reads the message. A time in ms needs a bound: Node takes a timer of more than 24 days for one of 1 ms.
 */
export const whole = (least: number, most: number, why?: string) =>
  z
    .string()
    .transform((text) => (/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN))
    .refine(
      (number) => number >= least && number <= most,
      `a whole number from ${String(least)} to ${String(most)}${why === undefined ? '' : `, ${why}`}`,
    );
