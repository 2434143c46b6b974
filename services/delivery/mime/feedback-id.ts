import { createHash } from 'node:crypto';

const digest = (text: string, length: number): string => createHash('sha256').update(text).digest('hex').slice(0, length);

/**
 * An id from the playbook as a token of a header: letters, digits, `.`, `_` and `-`, at most 40. Another one is spelled with `-`
 * and ends in a part of its hash, so that two ids stay two.
 */
function token(id: string): string {
  if (/^[\w.-]{1,40}$/.test(id)) return id;
  const spelled = id.normalize('NFKD').replace(/[^\w.-]+/g, '-');
  return `${spelled.slice(0, 31)}-${digest(id, 8)}`;
}

/**
 * Gmail's Feedback-ID, `a:b:c:SenderId`: by what its reports are grouped, so nothing in it belongs to one mail. The sender's id has
 * 5 to 15 characters (support.google.com/mail/answer/6254652).
 */
export const feedbackId = (play: string, category: string, domain: string): string =>
  `${token(play)}:${token(category)}:hito:${senderId(domain)}`;

function senderId(domain: string): string {
  const spelled = domain.replace(/[^a-z0-9]+/g, '-');
  return spelled.length >= 5 && spelled.length <= 15 ? spelled : `${spelled.slice(0, 6)}-${digest(domain, 8)}`;
}

/** RFC 2919: one list per category, a dot-atom under the sender's domain. */
export const listId = (category: string, domain: string): string =>
  `<${token(category).replace(/^\.+|\.+$|\.(?=\.)/g, '') || 'mail'}.${domain}>`;
