/** The runtime's tables in a service's own schema; every processor of the service shares them. */
export const runtimeSchema = `
create table task (
  processor text not null, partition int not null,
  owner_epoch bigint not null default 0, txn bigint not null default 0, out_seq bigint not null default 0,
  incarnation int not null default 1, watermark bigint, clock text not null default 'unset', time bigint,
  attempts int not null default 0, state_version int not null default 0, rules_version text,
  suspect jsonb, stopped text, skip_record boolean not null default false, confirmed boolean not null default false,
  paused text, skips jsonb not null default '{}',
  pg_system text, pg_timeline int,
  recover_from bigint, committed_at bigint,
  silent boolean not null default false, successor text,
  primary key (processor, partition)
) with (fillfactor = 50);
create table cursor (
  processor text not null, topic text not null, partition int not null,
  next_offset bigint not null, origins jsonb not null default '{}',
  primary key (processor, topic, partition)
) with (fillfactor = 50);
create table outbox (
  processor text not null, partition int not null, first_seq bigint not null, last_seq bigint not null, bytes bytea not null,
  primary key (processor, partition, last_seq)
);
alter table outbox alter column bytes set storage external;
create table seen (
  partition int not null, hash bytea not null, at bigint not null,
  primary key (partition, hash)
);
create index seen_at on seen (at);
create table tally (
  processor text not null, partition int not null, name text not null, count bigint not null,
  primary key (processor, partition, name)
) with (fillfactor = 50);
comment on column task.watermark is 'epoch ms: everything with at before it has been emitted';
comment on column task.stopped is 'the alarm that stopped the task; null while it runs';
comment on column task.paused is 'why an operator lets the task rest; null while it may run';
comment on column task.skips is 'records (topic@offset) that are not taken but become dead letters, each with its reason';
comment on table task is 'one row for each partition of each lane: a processor, or a second lane of one';
comment on column task.silent is 'a second lane that has not taken over: it publishes nothing';
comment on column task.successor is 'the lane that has taken over from this one; null while it speaks for its processor';
comment on column task.committed_at is 'epoch ms, of the database''s clock: when it last wrote what it had taken';
comment on column task.recover_from is 'epoch ms: an operator resumed it, and what was done after this instant is still to be learnt from the log';
`;

/** What tables that were made by an earlier version lack. */
export const operatorColumns =
  "alter table if exists task add column if not exists paused text, add column if not exists skips jsonb not null default '{}'";

/** The same for an installation whose database goes back or fails over. */
export const recoveryColumns =
  'alter table if exists task add column if not exists recover_from bigint, add column if not exists committed_at bigint';

/** The same for one whose processors get second lanes. */
export const laneColumns =
  'alter table if exists task add column if not exists silent boolean not null default false, add column if not exists successor text';

/** The table of a processor's states, or of a lane's (UTF-8 JSON, which writes twice as fast as jsonb) and a view of it for people. */
export const stateSchema = (processor: string): string => `
create table ${processor}_state (
  partition int not null, key text not null, wake_at bigint, version int not null, state bytea not null,
  primary key (partition, key)
) with (fillfactor = 50);
create index ${processor}_state_wake on ${processor}_state (partition, wake_at, key collate "C") where wake_at is not null;
create view ${processor}_state_view as
  select partition, key, to_timestamp(wake_at / 1000.0) as wake_at, version, convert_from(state, 'UTF8')::jsonb as state from ${processor}_state;
`;

/** The table of the items of a processor's list, for one that declares a `list`: UTF-8 JSON, numbered from the oldest. */
export const itemsSchema = (processor: string): string => `
create table if not exists ${processor}_item (
  partition int not null, key text not null, n bigint not null, item bytea not null,
  primary key (partition, key, n)
);
`;
