import type { Backoff } from './backoff.ts';
import { backoffMs } from './backoff.ts';

/**
 * How far an attempt came, by our own account: `envelope` is everything before 354; `granted` is 354 without a byte of the body;
 * `body` is anything after the first byte of it.
 */
export type Stage = 'envelope' | 'granted' | 'body';

/** How an attempt ended. A `reply` is complete: its last line arrived with its line end. */
export type Ending =
  | { readonly kind: 'reply'; readonly stage: Stage; readonly command: 'MAIL' | 'RCPT' | 'DATA'; readonly text: string }
  | { readonly kind: 'cut'; readonly stage: Stage; readonly why: string }
  /** The marker found no row: another owns the mail, or it was suppressed meanwhile. No byte was sent. */
  | { readonly kind: 'refused' }
  /** An orderly stop before the body. */
  | { readonly kind: 'released' }
  /** The mail cannot be made or addressed; no attempt at another time would change that. */
  | { readonly kind: 'unsendable'; readonly why: string };

export interface Settlement {
  readonly state: 'accepted' | 'bounced' | 'failed' | 'in_doubt' | 'pending';
  readonly reason?: string;
  readonly reply?: string;
  /** pending: how long until the next attempt, ms. */
  readonly retryInMs?: number;
  /** A 4xx: counts towards the bound on attempts. */
  readonly deferral?: boolean;
  /** The address itself is wrong: nothing is sent to it any more. */
  readonly suppressAddress?: boolean;
  /** A complete reply to a body: true even over in_doubt. */
  readonly answered: boolean;
}

/** What becomes of a mail after an attempt that ended so; `deferrals` are the 4xx replies it has had. */
export function settle(ending: Ending, deferrals: number, backoff: Backoff): Settlement | undefined {
  switch (ending.kind) {
    case 'refused':
      return undefined;
    case 'released':
      return { state: 'pending', retryInMs: 0, answered: false };
    case 'unsendable':
      return { state: 'failed', reason: ending.why, answered: false };
    case 'cut':
      if (ending.stage === 'body') return { state: 'in_doubt', reason: ending.why, answered: false };
      return { state: 'pending', reason: ending.why, retryInMs: backoff.connectionMs, answered: false };
    case 'reply':
      return afterReply(ending, deferrals, backoff);
  }
}

function afterReply(
  { stage, command, text }: Extract<Ending, { kind: 'reply' }>,
  deferrals: number,
  backoff: Backoff,
): Settlement {
  const reply = text.slice(0, 1000);
  const answered = stage === 'body';
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})/.exec(text)?.[1];
  if (text.startsWith('2') && answered) return { state: 'accepted', reply, answered };
  // A refused sender (MAIL) is our configuration, not the person's address: like a 4xx, it is tried again within bounds.
  if (!text.startsWith('5') || command === 'MAIL') {
    if (deferrals + 1 >= backoff.deferrals) return { state: 'failed', reason: 'retries_exhausted', reply, answered };
    return { state: 'pending', reason: 'deferred', reply, answered, deferral: true, retryInMs: backoffMs(backoff, deferrals) };
  }
  if (enhanced?.startsWith('5.1.') === true)
    return { state: 'bounced', reason: 'address', reply, answered, suppressAddress: true };
  if (enhanced?.startsWith('5.7.') === true) return { state: 'failed', reason: 'policy', reply, answered };
  if (enhanced === undefined || enhanced.startsWith('5.2.')) return { state: 'bounced', reason: 'mailbox', reply, answered };
  return { state: 'failed', reason: 'refused', reply, answered };
}
