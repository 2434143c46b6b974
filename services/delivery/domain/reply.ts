import { cut, wellFormed } from '#facts';
import type { Backoff } from './backoff.ts';
import { backoffMs } from './backoff.ts';
import { meaningOf, type Blame } from './reply-table.ts';

/**
 * How far an attempt came, by our own account: `envelope` is everything before 354; `granted` is 354 without a byte of the body;
 * `body` is anything after the first byte of it.
 */
export type Stage = 'envelope' | 'granted' | 'body';

/**
 * How an attempt ended. A `reply` is complete: its last line arrived with its line end. `utf8`: the recipient's address made us ask for
 * SMTPUTF8, so what the server says before the body may be of this one address, and says nothing of the way out.
 */
export type Ending =
  | {
      readonly kind: 'reply';
      readonly stage: Stage;
      readonly command: 'MAIL' | 'RCPT' | 'DATA';
      readonly text: string;
      readonly utf8?: true;
    }
  /** `reply`: what the server said before it closed, e.g. 421. */
  | { readonly kind: 'cut'; readonly stage: Stage; readonly why: string; readonly reply?: string; readonly utf8?: true }
  /** No connection could be had, or no log-in: nothing was said of this mail. */
  | { readonly kind: 'unreachable' }
  /** The marker found no row: another owns the mail, or it was suppressed meanwhile. No byte was sent. */
  | { readonly kind: 'refused' }
  /** An orderly stop before the body. */
  | { readonly kind: 'released' }
  /** A secret of the mail was sealed with a key that this process does not have: another may, or this one after its next start. */
  | { readonly kind: 'unopened' }
  /** The mail cannot be made or addressed; no attempt at another time would change that. */
  | { readonly kind: 'unsendable'; readonly why: string };

export interface Settlement {
  readonly state: 'accepted' | 'bounced' | 'failed' | 'in_doubt' | 'pending';
  readonly reason?: string;
  readonly reply?: string;
  /** pending: how long until the next attempt, ms. */
  readonly retryInMs?: number;
  /** Said of this very mail: the next attempt waits longer. */
  readonly deferral?: boolean;
  /** The address itself is wrong: nothing is sent to it any more. */
  readonly suppressAddress?: boolean;
  /** Whose fault a refusal is. */
  readonly blame?: Blame;
  /** No key of this process opens its secrets. */
  readonly unopened?: boolean;
  /** A complete and clear reply to a body: true even over in_doubt. */
  readonly answered: boolean;
}

const longestReply = 1_000;
const longestReason = 500;

/** A reply or a reason as it is kept: well-formed, without control characters but line ends, bounded. */
const kept = (text: string, most: number): string => cut(wellFormed(cut(text, most * 4)).replace(/[^\P{Cc}\n]+/gu, ' '), most);

/**
 * What becomes of a mail after an attempt that ended so; `deferrals` are the refusals and cuts it has had. What is not settled for
 * good is tried, ever later, until its `not_after`.
 */
export function settle(ending: Ending, deferrals: number, backoff: Backoff): Settlement | undefined {
  switch (ending.kind) {
    case 'refused':
      return undefined;
    case 'released':
      return { state: 'pending', retryInMs: 0, answered: false };
    case 'unreachable':
      return { state: 'pending', reason: 'connection', retryInMs: backoff.connectionMs, answered: false };
    case 'unopened':
      return {
        state: 'pending',
        reason: 'unknown_key',
        retryInMs: keyWaitMs(deferrals, backoff),
        deferral: true,
        unopened: true,
        answered: false,
      };
    case 'unsendable':
      return { state: 'failed', reason: kept(ending.why, longestReason), answered: false };
    case 'cut':
      return {
        ...afterCut(ending, deferrals, backoff),
        ...(ending.reply === undefined ? {} : { reply: kept(ending.reply, longestReply) }),
      };
    case 'reply':
      return {
        ...afterReply(ending, deferrals, backoff),
        reply: kept(ending.text, longestReply),
        answered: ending.stage === 'body' && isClear(ending.text),
      };
  }
}

/** The code of a reply, where each of its lines has the same (RFC 5321, 4.2.1); nothing of one that says two things, or no code. */
export function codeOf(reply: string): string | undefined {
  const code = /^\d{3}(?=[ \n-]|$)/.exec(reply)?.[0];
  const agree = reply.split('\n').every((line) => (/^\d{3}(?=[ -]|$)/.exec(line)?.[0] ?? code) === code);
  return agree ? code : undefined;
}

/** A yes or a no. An unclear reply to a body may be that of another command, or of a server that has kept the mail. */
const isClear = (reply: string): boolean => /^[245]/.test(codeOf(reply) ?? '');

/** A change of keys is rolled out in minutes: within five the mail is tried again, ms. */
const keyWaitMs = (deferrals: number, { connectionMs, longestMs }: Backoff): number =>
  backoffMs({ firstMs: connectionMs, longestMs: Math.min(longestMs, 300_000), connectionMs }, deferrals);

function afterCut({ stage, why }: Extract<Ending, { kind: 'cut' }>, deferrals: number, backoff: Backoff): Settlement {
  if (stage === 'body') return { state: 'in_doubt', reason: why, answered: false };
  const retryInMs = backoffMs({ ...backoff, firstMs: backoff.connectionMs }, deferrals);
  return { state: 'pending', reason: why, retryInMs, deferral: true, blame: 'server', answered: false };
}

function afterReply(
  { stage, command, text, utf8 }: Extract<Ending, { kind: 'reply' }>,
  deferrals: number,
  backoff: Backoff,
): Omit<Settlement, 'answered'> {
  if (stage === 'body' && !isClear(text)) return { state: 'in_doubt', reason: 'unclear_reply' };
  if (text.startsWith('2') && stage === 'body') return { state: 'accepted' };
  const { blame, then, reason } = meaningOf(kept(text, longestReply));
  if (command === 'MAIL' && text.startsWith('5') && reason !== 'unsupported_address')
    return utf8 === true
      ? // The sender is taken where nobody asks for SMTPUTF8 (`attempt`).
        { state: 'failed', reason: 'unsupported_address', blame: 'message' }
      : // A refused sender says nothing of this mail: it waits, unburnt, until the way out is open again.
        { state: 'pending', reason: 'sender_refused', retryInMs: backoff.connectionMs, blame: 'sender' };
  switch (isClear(text) || then !== 'suppress' ? then : 'retry') {
    case 'suppress':
      return { state: 'bounced', reason, blame, suppressAddress: true };
    case 'fail':
      return { state: 'failed', reason, blame };
    case 'retry':
      return { state: 'pending', reason, blame, deferral: true, retryInMs: backoffMs(backoff, deferrals) };
  }
}
