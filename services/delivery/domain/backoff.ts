/** When a mail that was put off is tried again. */
export interface Backoff {
  /** After the first 4xx, ms; doubled after each further one. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** So many 4xx replies, and the mail has failed. */
  readonly deferrals: number;
  /** After an attempt that broke before the body, ms. */
  readonly connectionMs: number;
}

/** Twelve attempts over about six hours. */
export const defaultBackoff: Backoff = { firstMs: 60_000, longestMs: 3_600_000, deferrals: 12, connectionMs: 1_000 };

export const backoffMs = ({ firstMs, longestMs }: Backoff, deferrals: number): number =>
  Math.min(longestMs, firstMs * 2 ** deferrals);
