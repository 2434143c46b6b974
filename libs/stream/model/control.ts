import type { LogRecord } from './log.ts';
import type { Clock } from './runtime.types.ts';

/** Header of control records: `watermark` (from our processors) or `clock` (on `collected`, from the replayer and `hito clock live`). */
export const controlHeader = 'hito-control';
/** Header of every record of ours: its place, see `seqText`. */
export const seqHeader = 'hito-seq';
/** The key of clock records. */
export const clockKey = '~clock';

/** Place of a record among those of its origin: compare incarnation first. */
export interface Seq {
  readonly origin: string;
  readonly incarnation: number;
  readonly seq: number;
  /** The record's `at`, epoch ms: it can be put in order without being read. */
  readonly at?: number;
}

/** The header's text: `origin;incarnation;seq`, and `;at` where the writer gives it. An origin's name holds no semicolon. */
export const seqText = (origin: string, incarnation: number, seq: number, at?: number): string =>
  at === undefined
    ? `${origin};${String(incarnation)};${String(seq)}`
    : `${origin};${String(incarnation)};${String(seq)};${String(at)}`;

export function parseSeq(text: string | undefined): Seq | undefined {
  if (text === undefined) return undefined;
  const first = text.indexOf(';');
  const second = text.indexOf(';', first + 1);
  if (first <= 0 || second < 0) return undefined;
  const third = text.indexOf(';', second + 1);
  const origin = text.slice(0, first);
  const incarnation = Number(text.slice(first + 1, second));
  const seq = Number(third < 0 ? text.slice(second + 1) : text.slice(second + 1, third));
  if (!Number.isSafeInteger(incarnation) || !Number.isSafeInteger(seq)) return undefined;
  if (third < 0) return { origin, incarnation, seq };
  const at = Number(text.slice(third + 1));
  return Number.isSafeInteger(at) ? { origin, incarnation, seq, at } : undefined;
}

/** True when a comes after b. */
export const after = (a: { incarnation: number; seq: number }, b: { incarnation: number; seq: number }): boolean =>
  a.incarnation > b.incarnation || (a.incarnation === b.incarnation && a.seq > b.seq);

export interface Watermark {
  readonly origin: string;
  readonly at: number;
  readonly clock: Clock;
}

/** "Everything of this origin with `at` before the watermark has been written before this record." */
export const watermarkRecord = ({ origin, at, clock }: Watermark) => ({
  key: `~wm/${origin}`,
  value: JSON.stringify({ origin, watermark: new Date(at).toISOString(), clock }),
  headers: { [controlHeader]: 'watermark' },
});

export function parseWatermark({ value }: LogRecord): Watermark | undefined {
  const raw = json(value);
  const at = Date.parse(String(raw?.['watermark']));
  const clock = raw?.['clock'];
  if (Number.isNaN(at) || (clock !== 'driven' && clock !== 'live')) return undefined;
  return { origin: String(raw?.['origin']), at, clock };
}

/** What `collected`'s clock records say: driven to an instant, or live. */
export type ClockRecord = { readonly clock: 'driven'; readonly at: number } | { readonly clock: 'live' };

export const clockRecord = (clock: ClockRecord) => ({
  key: clockKey,
  value: JSON.stringify(clock.clock === 'live' ? clock : { clock: clock.clock, at: new Date(clock.at).toISOString() }),
  headers: { [controlHeader]: 'clock' },
});

export function parseClock({ value }: LogRecord): ClockRecord | undefined {
  const raw = json(value);
  if (raw?.['clock'] === 'live') return { clock: 'live' };
  const at = Date.parse(String(raw?.['at']));
  return raw?.['clock'] === 'driven' && !Number.isNaN(at) ? { clock: 'driven', at } : undefined;
}

/** Control records of outsiders may be anything: what does not parse is no control record. */
function json(value: Buffer | null): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(String(value));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
