import type { Period } from '#facts';
import { z } from 'zod';

/** A stretch of time that ends now: so many hours, or local days, weeks or months, the one that is not over included. */
export interface Span {
  readonly last: number;
  readonly unit: Period | 'hour';
}

const limits = { hour: 720, day: 92, week: 54, month: 36 } as const;
const expected = `expected ever, this day, this week, this month, or last 24 hours, last 30 days, last 8 weeks, last 12 months; at most ${limits.hour} hours, ${limits.day} days, ${limits.week} weeks or ${limits.month} months`;

/** `ever`, `this week`, `last 30 days`; undefined is `ever`. Null for what is none of it. */
function spanOf(text: string): Span | undefined | null {
  if (text === 'ever') return undefined;
  const [, current] = /^this (day|week|month)$/.exec(text) ?? [];
  if (current !== undefined) return { last: 1, unit: current as Period };
  const [, last, unit] = /^last ([1-9]\d{0,2}) (hour|day|week|month)s?$/.exec(text) ?? [];
  if (last === undefined) return null;
  const span = { last: Number(last), unit: unit as Span['unit'] };
  return span.last <= limits[span.unit] ? span : null;
}

/** When the events that count have happened. */
export const span = z
  .string(expected)
  .refine((text) => spanOf(text) !== null, expected)
  .describe(
    'ever, this month, last 30 days …: local days, weeks from Monday and months of the person, with the one that is not over',
  );

/** The span that a checked text means; undefined for all time. */
export const meant = (text: string): Span | undefined => spanOf(text) ?? undefined;
