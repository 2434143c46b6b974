/**
 * The names of a mail's mailbox by the other keys of the ring; none where the ring has one key, so that the index is empty then. A process
 * that knows only one of those keys counts the mail under the mailbox' caps all the same.
 */
export const otherNames = `
alter table mail add column if not exists mailbox_also bytea[];
create index if not exists mail_of_mailbox_also on mail using gin (mailbox_also)
  where mailbox_also is not null and rank <> 0 and state in ('claimed', 'data', 'in_doubt', 'accepted');`;

/**
 * The index of those names alone: one that bears the words of `mail_of_mailbox` may be passed over for that one, which then reads every
 * mail. Without `fastupdate` no look-up reads a list of what is not yet in the index.
 */
export const otherNamesIndex = `
create index if not exists mail_named_also on mail using gin (mailbox_also) with (fastupdate = off) where mailbox_also is not null;
drop index if exists mail_of_mailbox_also;`;
