import { z } from 'zod';

/** A variable that is a share, 0 to 1, in digits and at most one point: a blank is no 0, `0x1` and `1e-3` are nothing that somebody means. */
export const share = z
  .string()
  .transform((text) => (/^[01](\.\d{1,15})?$/.test(text) ? Number(text) : Number.NaN))
  .refine((number) => number >= 0 && number <= 1, 'a number from 0 to 1, such as 0.01');
