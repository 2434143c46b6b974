/** When a mail that was put off is tried again. */
export interface Backoff {
  /** After the first refusal, ms; doubled after each further one. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** After the first attempt that broke before the body, ms; doubled likewise. */
  readonly connectionMs: number;
}

/** One minute to four hours (RFC 5321, 4.5.4.1, asks for half an hour once a server has said no for a while), until `not_after`. */
export const defaultBackoff: Backoff = { firstMs: 60_000, longestMs: 4 * 3_600_000, connectionMs: 5_000 };

export const backoffMs = ({ firstMs, longestMs }: Backoff, deferrals: number): number =>
  Math.min(longestMs, firstMs * 2 ** Math.min(deferrals, 30));
