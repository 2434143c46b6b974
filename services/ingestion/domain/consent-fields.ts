import { isMap, saidBy } from '#facts';

/** Fields about consents, in any letter case; in traits they are kept as consents, not as traits. */
const fields: ReadonlySet<string> = new Set(['consents', 'unsubscribed']);

/** Whether a field is about consents. `consent` may be anything of a shop's own, so it is one only with a map, a yes or a no. */
export function isConsentField(name: string, value: unknown): boolean {
  if (name.length < 7 || name.length > 12) return false; // asked of every field of every call
  const word = name.toLowerCase();
  return fields.has(word) || (word === 'consent' && (isMap(value) || isYesOrNo(value)));
}

const isYesOrNo = (value: unknown): boolean =>
  ['boolean', 'string', 'number'].includes(typeof value) && saidBy(value).unclear === undefined;

/** Says nothing: absent, null, or the empty list that PHP makes of an empty object. */
export const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) && value.length === 0);

interface Act {
  readonly type: string;
  readonly event?: string | undefined;
}

/** Events by which people withdraw; two are of Segment's specification of email events. In letters only, of any case. */
const withdrawals: ReadonlySet<string> = new Set([
  ...['withdrawn', 'revoked', 'denied', 'declined', 'refused', 'rejected'].map((word) => `consent${word}`),
  ...['unsubscribe', 'unsubscribed', 'optout', 'optedout'].flatMap((word) => [word, `email${word}`]),
  'emailmarkedasspam',
]);

export const isGrantAct = ({ type, event }: Act): boolean =>
  type === 'track' && event?.trim().toLowerCase() === 'consent granted';

/** A withdrawal in any spelling of its event: `consent_withdrawn`, `ConsentWithdrawn`. */
export const isWithdrawalAct = ({ type, event }: Act): boolean =>
  type === 'track' && event !== undefined && event.length <= 100 && withdrawals.has(event.toLowerCase().replace(/[^a-z]/g, ''));
