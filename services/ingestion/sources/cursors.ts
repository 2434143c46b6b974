import type { Sql } from '#stream';

/** Where a source stands in each partition of its topics. The commit that moves a cursor writes what came of the records passed. */
export const sourceCursorTable = `
create table source_cursor (
  source text not null, topic text not null, partition int not null,
  next_offset bigint not null, generation int not null default 0,
  cluster text not null, witness text, stopped text, resume text,
  primary key (source, topic, partition)
) with (fillfactor = 50);
comment on column source_cursor.generation is 'how often the topic was made anew: ids of events go by place, and places repeat then';
comment on column source_cursor.cluster is 'the id of the cluster that next_offset is about';
comment on column source_cursor.witness is 'hash of the record before next_offset: a topic that was made anew has another there';
comment on column source_cursor.stopped is 'the alarm that stopped reading the partition; null while it is read';
comment on column source_cursor.resume is 'an operator has looked: go on from earliest, latest or this offset';
`;

export interface SourceCursor {
  readonly partition: number;
  readonly next: number;
  readonly generation: number;
  readonly cluster: string;
  readonly witness: string | undefined;
  readonly stopped: string | undefined;
  readonly resume: string | undefined;
}

/** A topic as one source reads it. */
export interface SourceTopic {
  readonly source: string;
  readonly topic: string;
}

/** Cursors of a topic, by partition. */
export async function cursorsOf(sql: Sql, { source, topic }: SourceTopic): Promise<ReadonlyMap<number, SourceCursor>> {
  const { rows } = await sql.query('select * from source_cursor where source = $1 and topic = $2', [source, topic]);
  const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
  return new Map(
    rows.map((row) => [
      Number(row['partition']),
      {
        partition: Number(row['partition']),
        next: Number(row['next_offset']),
        generation: Number(row['generation']),
        cluster: String(row['cluster']),
        witness: textOf(row['witness']),
        stopped: textOf(row['stopped']),
        resume: textOf(row['resume']),
      },
    ]),
  );
}

/** Makes the cursors that are missing. */
export async function beginCursors(
  sql: Sql,
  { source, topic }: SourceTopic,
  cluster: string,
  begin: ReadonlyMap<number, number>,
): Promise<void> {
  await sql.query(
    `insert into source_cursor (source, topic, partition, next_offset, cluster)
     select $1, $2, p, o, $3 from unnest($4::int[], $5::bigint[]) c (p, o) on conflict do nothing`,
    [source, topic, cluster, [...begin.keys()], [...begin.values()]],
  );
}

export interface Move {
  readonly next: number;
  readonly witness: string | null;
}

/** Moves cursors on. */
export async function moveCursors(sql: Sql, { source, topic }: SourceTopic, moves: ReadonlyMap<number, Move>): Promise<void> {
  const all = [...moves];
  await sql.query(
    `update source_cursor c set next_offset = m.next, witness = coalesce(m.witness, c.witness)
     from unnest($3::int[], $4::bigint[], $5::text[]) m (partition, next, witness)
     where c.source = $1 and c.topic = $2 and c.partition = m.partition`,
    [source, topic, all.map(([partition]) => partition), all.map(([, { next }]) => next), all.map(([, { witness }]) => witness)],
  );
}

/** Stops reading a partition until an operator has looked. */
export async function stopCursor(sql: Sql, { source, topic }: SourceTopic, partition: number, alarm: string): Promise<void> {
  await sql.query(
    'update source_cursor set stopped = $4, resume = null where source = $1 and topic = $2 and partition = $3 and stopped is null',
    [source, topic, partition, alarm],
  );
}

/** Goes on from where an operator said; events get other ids than those of the same places before. */
export async function resumeCursor(
  sql: Sql,
  { source, topic }: SourceTopic,
  { partition, resume }: SourceCursor,
  next: number,
  cluster: string,
): Promise<void> {
  await sql.query(
    `update source_cursor set next_offset = $4, cluster = $5, witness = null, stopped = null, resume = null, generation = generation + 1
     where source = $1 and topic = $2 and partition = $3 and resume = $6`,
    [source, topic, partition, next, cluster, resume],
  );
}
