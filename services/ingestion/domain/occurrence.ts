import { isoInstant } from '#facts';

/** The times of a call as its client sent them. */
export interface SentTimes {
  readonly timestamp?: string | undefined;
  readonly original?: string | undefined;
  readonly sentAt?: string | undefined;
}

/** When a call happened, epoch ms; `clamped` when its own claim could not be true and the arrival was taken instead. */
export interface Occurrence {
  readonly at: number;
  readonly clamped: boolean;
}

/** How far ahead of the arrival a client's clock may be, ms. */
export const futureToleranceMs = 5 * 60_000;

const endOfTime = Date.UTC(10_000, 0, 1);

/**
 * Epoch ms of an ISO-8601 time or of a number of milliseconds. A time without an offset is UTC, whatever zone this process runs
 * in. Nothing for what is no time, and for the zero times of some languages (years before 1970).
 */
export function instantOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{11,}$/.test(text) ? Number(text) : isoInstant(text.trim());
  return ms > 0 && ms < endOfTime ? ms : undefined;
}

/** Why a time is none; the words stand in metrics. */
type TimeFault = 'type' | 'length' | 'seconds' | 'range' | 'format';

const longestTime = 100;

/** What a call says of a time: as text, unless it is too long to keep, and why it is none. */
export function timeOf(value: unknown): { readonly text?: string; readonly fault?: TimeFault } {
  if (typeof value !== 'string' && typeof value !== 'number') return { fault: 'type' };
  const text = String(value);
  if (text.length > longestTime) return { fault: 'length' };
  return instantOf(text) === undefined ? { text, fault: faultIn(text.trim()) } : { text };
}

/** Of a text that is no instant. */
function faultIn(text: string): TimeFault {
  if (/^\d{9,10}(\.\d*)?$/.test(text)) return 'seconds';
  return /^[+-]?[\d.]+(e[+-]?\d+)?$/.test(text) || !Number.isNaN(isoInstant(text)) ? 'range' : 'format';
}

/**
 * When a call happened. Both `originalTimestamp` and `timestamp`: the latter is right as it is. One of them: it is the client's
 * clock, corrected by what `sentAt` says about that clock. Neither: the arrival.
 */
export function occurrence(times: SentTimes, arrivedAt: number): Occurrence {
  const timestamp = instantOf(times.timestamp);
  const original = instantOf(times.original);
  const claimed =
    timestamp !== undefined && original !== undefined
      ? timestamp
      : corrected(timestamp ?? original, instantOf(times.sentAt), arrivedAt);
  if (claimed === undefined) return { at: arrivedAt, clamped: false };
  const possible = claimed > 0 && claimed <= arrivedAt + futureToleranceMs;
  return possible ? { at: claimed, clamped: false } : { at: arrivedAt, clamped: true };
}

function corrected(original: number | undefined, sentAt: number | undefined, arrivedAt: number): number | undefined {
  return original === undefined || sentAt === undefined ? original : arrivedAt - (sentAt - original);
}
