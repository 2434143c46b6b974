/**
 * What became of mails of which a database that went back does not know, as the topic of outcomes says: `in_doubt` where it says nothing.
 * A mail of a decision that is read again begins in that state. The index finds another mail of the same candidate.
 */
export const recoveredTable = `
create table if not exists recovered_mail (
  id uuid primary key,
  candidate text,
  state text not null,
  reason text,
  reply text,
  attempt integer not null,
  settled_at timestamptz
);
create index if not exists recovered_mail_candidate on recovered_mail (candidate);
create index if not exists mail_candidate on mail ((candidate->>'id'));`;
