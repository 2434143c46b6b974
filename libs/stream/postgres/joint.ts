import type { WorkerWork } from '../model/store.ts';

/** Locks in the order of partitions, so that a former and a present owner of some of them cannot wait for each other. */
export const jointFence = `
  with mine as (
    select t.partition from task t join unnest($2::int[], $3::bigint[], $4::bigint[]) h (partition, epoch, txn) using (partition)
    where t.processor = $1 and t.owner_epoch = h.epoch and t.txn = h.txn order by t.partition for update of t)
  update task t set txn = t.txn + 1, attempts = 0 from mine where t.processor = $1 and t.partition = mine.partition returning t.partition`;

/** What the transaction leaves behind in the runtime's tables, for all its partitions at once. */
export const jointFinish = `
  with w as (select * from unnest($2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[]) w (partition, out_seq, published, first_seq, bytes)),
  numbers as (update task t set out_seq = w.out_seq from w where t.processor = $1 and t.partition = w.partition and w.bytes is not null),
  outgoing as (insert into outbox select $1, partition, first_seq, out_seq, bytes from w where bytes is not null),
  published as (delete from outbox o using w where o.processor = $1 and o.partition = w.partition and o.last_seq <= w.published)
  insert into tally select $1, p, n, c from unnest($7::int[], $8::text[], $9::bigint[]) t (p, n, c)
  on conflict (processor, partition, name) do update set count = tally.count + excluded.count`;

export function jointValues(processor: string, works: ReadonlyMap<number, Omit<WorkerWork<unknown>, 'result'>>): unknown[] {
  const all = [...works];
  const tallies = all.flatMap(([partition, { tallies: counts = {} }]) =>
    Object.entries(counts).map(([name, by]) => ({ partition, name, by })),
  );
  return [
    processor,
    all.map(([partition]) => partition),
    all.map(([, { outbox }]) => outbox?.lastSeq ?? null),
    all.map(([, { publishedSeq }]) => publishedSeq ?? 0),
    all.map(([, { outbox }]) => outbox?.firstSeq ?? null),
    all.map(([, { outbox }]) => outbox?.bytes ?? null),
    tallies.map(({ partition }) => partition),
    tallies.map(({ name }) => name),
    tallies.map(({ by }) => by),
  ];
}
