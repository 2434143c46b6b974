import type { Commit } from '../model/store.ts';

const join = (items: readonly (string | number | null)[]): string => items.map((item) => item ?? '').join('\x1e');
const split = (parameter: string): string => `string_to_array(${parameter}, E'\\x1e', '')`;

/**
 * A whole transaction as one statement: one round trip, and it is atomic by itself. Every part stands behind the fence: where the owner's
 * epoch or the transaction number is another, `mine` is 0 and nothing is written. Lists travel as one text each, which costs a
 * fraction of the driver's array encoding.
 */
export function commitStatement(commit: Commit): { name: string; text: string; values: unknown[] } {
  const {
    task: { processor, partition, epoch },
    states,
    outbox,
    cursors,
    tallies,
    seen,
    parked = [],
  } = commit;
  const written = states.filter(({ state }) => state !== null);
  const removed = states.filter(({ state }) => state === null);
  const changes = states.flatMap(({ key, change }) => (change === undefined ? [] : [{ key, ...change }]));
  const dropped = changes.flatMap(({ key, below }) => (below === undefined ? [] : [{ key, below }]));
  const added = changes.flatMap(({ key, added: items }) => items.map((item) => ({ key, ...item })));
  const values: unknown[] = [];
  const parameter = (value: unknown, type: string): string => `$${String(values.push(value))}::${type}`;
  parameter(processor, 'text');
  parameter(partition, 'int');
  const parts = [
    `fence as (update task set txn = txn + 1, attempts = 0, suspect = null, committed_at = floor(extract(epoch from clock_timestamp()) * 1000), watermark = ${parameter(commit.watermark, 'bigint')}, clock = ${parameter(commit.clock, 'text')},
       time = ${parameter(commit.time, 'bigint')}, out_seq = ${parameter(commit.outSeq, 'bigint')}, state_version = ${parameter(commit.stateVersion, 'int')}, rules_version = ${parameter(commit.rulesVersion, 'text')}
     where processor = $1::text and partition = $2::int and owner_epoch = ${parameter(epoch, 'bigint')} and txn = ${parameter(commit.txn, 'bigint')} returning 1)`,
    `published as (delete from outbox where processor = $1 and partition = $2 and last_seq <= ${parameter(commit.publishedSeq, 'bigint')} and exists (select from fence))`,
  ];
  const flags = ['c'];
  if (written.length > 0) {
    flags.push('s');
    parts.push(`states as (insert into ${processor}_state (partition, key, wake_at, version, state)
       select $2, k, w::bigint, ${parameter(commit.stateVersion, 'int')}, convert_to(s, 'UTF8')
       from unnest(string_to_array(${parameter(join(written.map(({ key }) => key)), 'text')}, E'\\x1e'), ${split(parameter(join(written.map(({ wakeAt }) => wakeAt)), 'text'))}, ${split(parameter(join(written.map(({ state, text }) => text ?? JSON.stringify(state))), 'text'))}) t (k, w, s)
       where exists (select from fence)
       on conflict (partition, key) do update set wake_at = excluded.wake_at, version = excluded.version, state = excluded.state)`);
  }
  if (removed.length > 0) {
    flags.push('r');
    parts.push(
      `removed as (delete from ${processor}_state where partition = $2 and key = any(string_to_array(${parameter(join(removed.map(({ key }) => key)), 'text')}, E'\\x1e')) and exists (select from fence))`,
    );
  }
  if (dropped.length > 0) {
    flags.push('d');
    parts.push(
      `dropped as (delete from ${processor}_item i using unnest(string_to_array(${parameter(join(dropped.map(({ key }) => key)), 'text')}, E'\\x1e'), ${split(parameter(join(dropped.map(({ below }) => below)), 'text'))}) t (k, b)
       where i.partition = $2 and i.key = t.k and i.n < t.b::bigint and exists (select from fence))`,
    );
  }
  if (added.length > 0) {
    flags.push('i');
    parts.push(`added as (insert into ${processor}_item (partition, key, n, item) select $2, k, n::bigint, convert_to(i, 'UTF8')
       from unnest(string_to_array(${parameter(join(added.map(({ key }) => key)), 'text')}, E'\\x1e'), ${split(parameter(join(added.map(({ n }) => n)), 'text'))}, ${split(parameter(join(added.map(({ text }) => text)), 'text'))}) t (k, n, i)
       where exists (select from fence))`);
  }
  if (parked.length > 0) {
    flags.push('w');
    parts.push(
      `parked as (update ${processor}_state set wake_at = null where partition = $2 and key = any(string_to_array(${parameter(join(parked), 'text')}, E'\\x1e')) and exists (select from fence))`,
    );
  }
  if (outbox !== null) {
    flags.push('o');
    parts.push(
      `outgoing as (insert into outbox select $1::text, $2::int, ${parameter(outbox.firstSeq, 'bigint')}, ${parameter(outbox.lastSeq, 'bigint')}, ${parameter(outbox.bytes, 'bytea')} where exists (select from fence))`,
    );
  }
  if (cursors.length > 0) {
    flags.push('p');
    parts.push(`places as (insert into cursor (processor, topic, partition, next_offset, origins)
       select $1, t, $2, o::bigint, g::jsonb
       from unnest(${split(parameter(join(cursors.map(({ topic }) => topic)), 'text'))}, ${split(parameter(join(cursors.map(({ nextOffset }) => nextOffset)), 'text'))}, ${split(parameter(join(cursors.map(({ origins }) => JSON.stringify(origins))), 'text'))}) c (t, o, g)
       where exists (select from fence)
       on conflict (processor, topic, partition) do update set next_offset = excluded.next_offset, origins = excluded.origins)`);
  }
  if (seen.length > 0) {
    flags.push('x');
    parts.push(
      `known as (insert into seen select $2, decode(h, 'hex'), ${parameter(commit.seenAt, 'bigint')} from unnest(${split(parameter(join(seen), 'text'))}) h where exists (select from fence) on conflict do nothing)`,
    );
  }
  const names = Object.keys(tallies);
  if (names.length > 0) {
    flags.push('t');
    parts.push(`tallied as (insert into tally select $1, $2, n, c::bigint from unnest(${split(parameter(join(names), 'text'))}, ${split(parameter(join(Object.values(tallies)), 'text'))}) t (n, c)
       where exists (select from fence) on conflict (processor, partition, name) do update set count = tally.count + excluded.count)`);
  }
  return {
    name: `commit-${processor}-${flags.join('')}`,
    text: `with ${parts.join(',\n')}\nselect count(*) as mine from fence`,
    values,
  };
}
