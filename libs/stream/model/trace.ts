import { createHash } from 'node:crypto';

/** Header of the records that belong to a sampled trace; others have none. Source: https://www.w3.org/TR/trace-context/ (level 2). */
export const traceHeader = 'traceparent';

/** A place in a sampled trace. */
export interface TracePlace {
  /** 32 and 16 lower-case hex digits, not all of them 0. */
  readonly traceId: string;
  readonly spanId: string;
}

/** Work that has been done, as part of a trace. */
export interface Span {
  readonly place: TracePlace;
  /** The span that it belongs to; absent for the first one. */
  readonly parent?: string;
  readonly name: string;
  /** `server`: answers a caller; `consumer`: takes a record or a wake; `client`: asks somebody outside. */
  readonly kind: 'server' | 'consumer' | 'client';
  /** Epoch ms. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** Whom it was about; told as a hash. */
  readonly personId?: string;
  /** Why it failed, in a word. */
  readonly failed?: string;
}

/** Where spans go; must return quickly. */
export interface Tracer {
  ended(span: Span): void;
}

const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-|$)/;
const zeros = /^0+$/;

/** The place that a `traceparent` names, and whether its trace is sampled; undefined for anything else. Later versions may be longer. */
export function traceparent(text: string | undefined): (TracePlace & { readonly sampled: boolean }) | undefined {
  const [, version, traceId = '', spanId = '', flags = '', rest] = form.exec(text ?? '') ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && rest === '-')) return undefined;
  if (zeros.test(traceId) || zeros.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** The place in a header that this platform wrote. */
export function placeIn(text: string | undefined): TracePlace | undefined {
  const read = text === undefined ? undefined : traceparent(text);
  return read?.sampled === true ? { traceId: read.traceId, spanId: read.spanId } : undefined;
}

export const placeText = ({ traceId, spanId }: TracePlace): string => `00-${traceId}-${spanId}-01`;

/** The place of a part of some work. It follows from what the part is: what is done again after a crash tells the same span again. */
export const placeBelow = ({ traceId, spanId }: TracePlace, part: string): TracePlace => ({
  traceId,
  spanId: createHash('sha256').update(`${traceId}/${spanId}/${part}`).digest().toString('hex', 0, 8),
});
