import { claimedInstant, isoInstant } from '#facts';

/** Why a time is none; the words stand in metrics. */
type TimeFault = 'type' | 'length' | 'seconds' | 'range' | 'format';

const longestTime = 100;

/** What a call says of a time: as text, unless it is too long to keep, and why it is none. */
export function timeOf(value: unknown): { readonly text?: string; readonly fault?: TimeFault } {
  if (typeof value !== 'string' && typeof value !== 'number') return { fault: 'type' };
  const text = String(value);
  if (text.length > longestTime) return { fault: 'length' };
  return claimedInstant(text) === undefined ? { text, fault: faultIn(text.trim()) } : { text };
}

/** Of a text that is no instant. */
function faultIn(text: string): TimeFault {
  if (/^\d{9,10}(\.\d*)?$/.test(text)) return 'seconds';
  return /^[+-]?[\d.]+(e[+-]?\d+)?$/.test(text) || !Number.isNaN(isoInstant(text)) ? 'range' : 'format';
}
