import type pg from 'pg';
import {
  Fenced,
  runtimeSchema,
  stateSchema,
  type JointCommit,
  type Recovery,
  type Sql,
  type WorkerCommit,
  type WorkerSession,
} from '#stream';
import { mailTable } from '../migrations/mail-table.ts';
import { otherNames, otherNamesIndex } from '../migrations/other-names.ts';
import { recoveredTable } from '../migrations/recovered-table.ts';

/** The service's tables as its migration makes them, and a log of what a sender published. */
export const testTables = `
${runtimeSchema}
${stateSchema('delivery')}
${mailTable}
${recoveredTable}
${otherNames}
${otherNamesIndex}
create table published (n bigserial primary key, epoch bigint, outcome jsonb not null);
create table test_tally (name text primary key, value bigint not null);
insert into task (processor, partition, clock) select p, n, 'live' from unnest(array['delivery', 'sender']) p, generate_series(0, 11) n;`;

/** A worker's hold on a partition over real Postgres: the fence is the row of `task`, emissions and tallies commit with the work. */
export class TestSession implements WorkerSession {
  readonly partition: number;
  readonly epoch: number;
  readonly signal: AbortSignal;
  recovery: Recovery | undefined;
  private readonly stopping = new AbortController();
  private readonly pool: pg.Pool;
  private txn: number;
  private chain: Promise<unknown> = Promise.resolve();

  private constructor(pool: pg.Pool, partition: number, epoch: number, txn: number) {
    this.pool = pool;
    this.partition = partition;
    this.epoch = epoch;
    this.txn = txn;
    this.signal = this.stopping.signal;
  }

  /** Takes the partition: whoever held it is fenced from here on. */
  static async take(pool: pg.Pool, partition: number): Promise<TestSession> {
    const { rows } = await pool.query<{ owner_epoch: string; txn: string }>(
      `update task set owner_epoch = owner_epoch + 1 where processor = 'sender' and partition = $1 returning owner_epoch, txn`,
      [partition],
    );
    return new TestSession(pool, partition, Number(rows[0]?.owner_epoch), Number(rows[0]?.txn));
  }

  abort(): void {
    this.stopping.abort();
  }

  transaction<Result>(work: (sql: Sql) => Promise<WorkerCommit<Result>>): Promise<Result> {
    const turn = this.chain.then(() =>
      this.within(async (sql) => {
        if (!(await this.fence(sql))) throw new Fenced();
        const { result, ...commit } = await work(sql);
        await this.keep(sql, commit);
        return result;
      }),
    );
    this.chain = turn.then(
      () => (this.txn += 1),
      () => undefined,
    );
    return turn;
  }

  /** One transaction for all; its commits as `transaction` leaves them, partition by partition. */
  together<Result>(
    others: readonly WorkerSession[],
    work: (sql: Sql, held: ReadonlySet<number>) => Promise<JointCommit<Result>>,
  ): Promise<{ result: Result; held: ReadonlySet<number> }> {
    const all = [this, ...(others as TestSession[])];
    const turn = Promise.all(all.map(({ chain }) => chain)).then(() =>
      this.within(async (sql) => {
        const held = new Set<number>();
        for (const session of [...all].sort((a, b) => a.partition - b.partition))
          if (await session.fence(sql)) held.add(session.partition);
        const { result, commits = new Map<number, Omit<WorkerCommit<unknown>, 'result'>>() } = await work(sql, held);
        for (const [partition, commit] of commits)
          await all.find((session) => session.partition === partition)?.keep(sql, commit);
        return { result, held };
      }),
    );
    for (const session of all)
      session.chain = turn.then(
        ({ held }) => (session.txn += held.has(session.partition) ? 1 : 0),
        () => undefined,
      );
    return turn;
  }

  async checked<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    return this.within(async (sql) => {
      const { rowCount } = await sql.query(
        `select from task where processor = 'sender' and partition = $1 and owner_epoch = $2 for share`,
        [this.partition, this.epoch],
      );
      if (rowCount !== 1) throw new Fenced();
      return work(sql);
    });
  }

  /** As the runtime has it: statement by statement. */
  unchecked<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    return work(sqlOf(this.pool));
  }

  private async fence(sql: Sql): Promise<boolean> {
    const { rowCount } = await sql.query(
      `update task set txn = txn + 1 where processor = 'sender' and partition = $1 and owner_epoch = $2 and txn = $3`,
      [this.partition, this.epoch, this.txn],
    );
    return rowCount === 1;
  }

  private async keep(sql: Sql, { emit = [], tally = {} }: Omit<WorkerCommit<unknown>, 'result'>): Promise<void> {
    for (const { data, key } of emit)
      await sql.query('insert into published (epoch, outcome) values ($1, $2)', [
        this.epoch,
        JSON.stringify({ ...data, person_id: key }),
      ]);
    for (const [name, by] of Object.entries(tally))
      await sql.query('insert into test_tally values ($1, $2) on conflict (name) do update set value = test_tally.value + $2', [
        name,
        by,
      ]);
  }

  private async within<Result>(work: (sql: Sql) => Promise<Result>): Promise<Result> {
    const client = await this.pool.connect();
    try {
      await client.query('begin');
      const result = await work(sqlOf(client));
      await client.query('commit');
      client.release();
      return result;
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      client.release();
      throw error;
    }
  }
}

const sqlOf = (client: pg.Pool | pg.PoolClient): Sql => ({
  query: (text, values) => client.query<Record<string, unknown>>(text, values === undefined ? [] : [...values]),
});
