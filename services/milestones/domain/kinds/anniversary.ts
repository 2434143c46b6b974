import { Temporal } from 'temporal-polyfill';
import type { Due, Kind } from './kind.ts';

/**
 * The n-th anniversary of an instant: the first moment of that local date, which is not 00:00 where clocks skip midnight. Someone of
 * 29 February has it on the 28th in years without one.
 */
export function anniversaryOf(since: number, years: number, zone: string): Due {
  const first = Temporal.Instant.fromEpochMilliseconds(since).toZonedDateTimeISO(zone).toPlainDate();
  const date = first.add({ years }, { overflow: 'constrain' });
  return { at: date.toZonedDateTime(zone).epochMilliseconds, date: date.toString() };
}

/** Every year since the first event of a sort, on the person's local date. */
export const anniversary: Kind = (rule) =>
  rule.kind === 'anniversary' ? { by: 'time', nature: 'natural', due: anniversaryOf } : undefined;
