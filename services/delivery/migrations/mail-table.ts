/**
 * The mails, the suppressed addresses and what mailboxes said; a mailbox is known by its keyed hash. The primary key is the id of the decision that asked for the mail. A mail changes state by
 * compare-and-set only, with its attempt and token. `counted_as` is the state in which /metrics and the topic of outcomes know it:
 * where it differs, the present owner of the partition still has to say so. What a mailbox has had today is no number of its own: it is
 * counted from rows that are on their way, in doubt or accepted, so no reservation outlives its mail's lease.
 */
export const mailTable = `
create table mail (
  id uuid primary key,
  partition integer not null,
  person_id uuid not null,
  play text not null,
  category text not null,
  legal boolean not null,
  consent text not null,
  template text not null,
  variables jsonb not null,
  locale text not null,
  zone text not null,
  email text not null,
  name text,
  replayed boolean not null,
  not_after timestamptz not null,
  decided_at timestamptz not null,
  state text not null check (state in
    ('pending', 'claimed', 'data', 'accepted', 'bounced', 'suppressed', 'expired', 'failed', 'in_doubt', 'put_back')),
  reason text,
  counted_as text not null,
  rank smallint not null,
  retry_at timestamptz not null default now(),
  attempt integer not null default 0,
  deferrals integer not null default 0,
  resends integer not null default 0,
  token uuid,
  lease_until timestamptz,
  data_at timestamptz,
  doubted_at timestamptz,
  reply text,
  rendered bytea,
  tracked boolean not null default false,
  message_id_header text,
  created_at timestamptz not null default now(),
  settled_at timestamptz,
  mailbox bytea,
  behaviour boolean not null,
  day jsonb not null,
  candidate jsonb not null
) with (fillfactor = 75);
create index mail_due on mail (partition, rank, retry_at) where state = 'pending';
create index mail_claimed on mail (partition, lease_until) where state = 'claimed';
create index mail_data on mail (partition, data_at) where state = 'data';
create index mail_in_doubt on mail (partition, doubted_at) where state = 'in_doubt';
create index mail_person on mail (person_id, decided_at);
create index mail_of_mailbox on mail (mailbox, decided_at) where rank <> 0 and state in ('claimed', 'data', 'in_doubt', 'accepted');
create index mail_uncounted on mail (partition) where counted_as <> case when state in ('claimed', 'data') then 'pending' else state end;
do $$ begin
  alter table mail alter column rendered set compression lz4;
exception when feature_not_supported then null; -- a server built without it compresses as it does by itself
end $$;
comment on column mail.tracked is 'whether the rendered bytes hold a pixel and rewritten links';
comment on column mail.rendered is 'the bytes to transmit, from the first marker until the mail has ended';
create table suppression (
  address_hash bytea primary key,
  key_id text,
  reason text not null,
  message_id uuid,
  suppressed_at timestamptz not null default now()
);
create table mailbox_word (
  mailbox bytea not null,
  key_id text not null,
  category text not null,
  granted boolean not null,
  said_at bigint not null,
  primary key (mailbox, category)
);
comment on column suppression.key_id is 'the key of the ring that made the hash';
comment on table mailbox_word is 'the last word of each mailbox about each category, whichever of its persons said it; said_at: epoch ms';`;
