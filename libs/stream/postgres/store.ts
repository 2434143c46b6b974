import { isUtf8 } from 'node:buffer';
import pg from 'pg';
import { textBytes } from '../model/bytes.ts';
import { DataError, kindOf } from '../model/data-error.ts';
import type { Logger } from '../model/runtime.types.ts';
import type { Sql } from '../model/processor.ts';
import type {
  Commit,
  Condition,
  Cursor,
  LaneSwitch,
  Standing,
  Store,
  StoredItem,
  StoredState,
  Suspect,
  TaskId,
  TaskRow,
  WorkerFence,
  WorkerWork,
} from '../model/store.ts';
import { commitStatement } from './commit.ts';
import { jointFence, jointFinish, jointValues } from './joint.ts';

/** Between the elements of a list that travels as one text; JSON text and our keys never hold it. */
const separator = '\x1e';
const list = (items: readonly (string | number | null)[]): string => items.map((item) => item ?? '').join(separator);

/**
 * The timeline that is written now, from the name of the present WAL file. Right after a promotion `pg_control_checkpoint()` still
 * names the old one, until the next checkpoint. Source: https://www.postgresql.org/docs/current/functions-admin.html (pg_walfile_name).
 */
const timeline = "('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int";

/**
 * Above every incarnation that a database has given which was lost since: minutes since 1970. So two restores to one backup do not
 * give the same.
 */
const minutes = 'floor(extract(epoch from clock_timestamp()) / 60)::int';

/** Outsiders' ids are forgotten after a day. */
const seenMs = 24 * 3_600_000;
/** Of them in one statement. */
const seenPortion = 10_000;

/** The tables of a service's schema; see schema.ts. */
export class PostgresStore implements Store {
  private readonly pool: pg.Pool;
  private lastForgotten = 0;
  private forgetting = false;

  /** A connection that breaks tells it as an event too, which would end the process where nobody listens. */
  private readonly lost: (error: Error) => void;

  constructor(
    url: string,
    private readonly logger: Logger,
    connections = 6,
  ) {
    this.lost = (error) => {
      logger.debug({ error: error.message }, 'a database connection was lost');
    };
    this.pool = new pg.Pool({
      connectionString: url,
      max: connections,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      statement_timeout: 60_000,
      idle_in_transaction_session_timeout: 30_000,
      lock_timeout: 20_000,
      query_timeout: 70_000,
    });
    this.pool.on('error', this.lost);
  }

  async acquire(processor: string, partition: number, silent = false): Promise<TaskRow> {
    return this.transaction(async (sql) => {
      await sql.query('insert into task (processor, partition, silent) values ($1, $2, $3) on conflict do nothing', [
        processor,
        partition,
        silent,
      ]);
      const {
        rows: [before],
      } = await sql.query('select * from task where processor = $1 and partition = $2 for update', [processor, partition]);
      const {
        rows: [system],
      } = await sql.query(`select s.system_identifier::text as system, ${timeline} as timeline from pg_control_system() s`);
      const row = before as Record<string, unknown>;
      const confirmed = row['confirmed'] === true;
      const elsewhere =
        row['pg_system'] !== null && (row['pg_system'] !== system?.['system'] || row['pg_timeline'] !== system?.['timeline']);
      const foreign = elsewhere && !confirmed;
      const {
        rows: [raised],
      } = await sql.query(
        `update task set owner_epoch = owner_epoch + 1, attempts = attempts + 1, skip_record = false, confirmed = false,
           incarnation = case when $3 then greatest(incarnation + 1, ${minutes}) else incarnation end,
           recover_from = case when $3 then coalesce(recover_from, committed_at, 0) else recover_from end, pg_system = case when $4 then pg_system else $5 end, pg_timeline = case when $4 then pg_timeline else $6 end
         where processor = $1 and partition = $2 returning incarnation, recover_from`,
        [processor, partition, confirmed, foreign, system?.['system'], system?.['timeline']],
      );
      const { rows: cursors } = await sql.query(
        'select topic, next_offset, origins from cursor where processor = $1 and partition = $2',
        [processor, partition],
      );
      const { rows: outbox } = await sql.query(
        'select first_seq, last_seq, bytes from outbox where processor = $1 and partition = $2 order by last_seq',
        [processor, partition],
      );
      const { rows: tallies } = await sql.query('select name, count from tally where processor = $1 and partition = $2', [
        processor,
        partition,
      ]);
      const number = (name: string): number | null => (row[name] === null ? null : Number(row[name]));
      return {
        epoch: Number(row['owner_epoch']) + 1,
        txn: Number(row['txn']),
        outSeq: Number(row['out_seq']),
        incarnation: Number(raised?.['incarnation']),
        watermark: number('watermark'),
        clock: row['clock'] as TaskRow['clock'],
        time: number('time'),
        attempts: Number(row['attempts']) + 1,
        stateVersion: Number(row['state_version']),
        rulesVersion: row['rules_version'] as string | null,
        suspect: row['suspect'] as Suspect | null,
        stopped: row['stopped'] as string | null,
        skip: row['skip_record'] === true,
        paused: row['paused'] as string | null,
        skips: row['skips'] as Readonly<Record<string, string>>,
        confirmed,
        recoverFrom: raised?.['recover_from'] === null ? null : Number(raised?.['recover_from']),
        committedAt: number('committed_at'),
        elsewhere,
        silent: row['silent'] === true,
        successor: row['successor'] as string | null,
        databaseChanged: foreign
          ? `this database (system ${String(system?.['system'])}, timeline ${String(system?.['timeline'])}) is not the one the task last ran on (${String(row['pg_system'])}, ${String(row['pg_timeline'])}). If it is the one to keep, give \`hito task resume\`: the task takes its input again from where this database stands and publishes nothing twice.`
          : null,
        cursors: cursors.map(cursorOf),
        outbox: outbox.map((o) => ({
          firstSeq: Number(o['first_seq']),
          lastSeq: Number(o['last_seq']),
          bytes: o['bytes'] as Buffer,
        })),
        tallies: Object.fromEntries(tallies.map((t) => [String(t['name']), Number(t['count'])])),
      };
    });
  }

  async standing(lane: string, partition: number): Promise<Standing | undefined> {
    const {
      rows: [row],
    } = await this.pool.query<Record<string, unknown>>({
      name: 'standing',
      text: `select txn, watermark, time, silent, successor, (select json_agg(c) from cursor c where c.processor = $1 and c.partition = $2) as cursors
             from task where processor = $1 and partition = $2`,
      values: [lane, partition],
    });
    if (row === undefined) return undefined;
    const number = (name: string): number | null => (row[name] === null ? null : Number(row[name]));
    return {
      txn: Number(row['txn']),
      watermark: number('watermark'),
      time: number('time'),
      silent: row['silent'] === true,
      successor: row['successor'] as string | null,
      cursors: ((row['cursors'] ?? []) as Record<string, unknown>[]).map(cursorOf),
    };
  }

  async switchLanes({ task, txn, first, firstTxn, at }: LaneSwitch): Promise<boolean> {
    const { processor: lane, partition, epoch } = task;
    return this.transaction(async (sql) => {
      const { rows } = await sql.query(
        `select processor from task where partition = $2 and ((processor = $1 and owner_epoch = $3 and txn = $4 and silent and watermark = $7)
           or (processor = $5 and txn = $6 and watermark = $7 and time <= $7 and not silent and successor is null and rules_version <> ''))
         order by processor for update`,
        [lane, partition, epoch, txn, first, firstTxn, at],
      );
      const due = await sql.query(`select 1 from ${first}_state where partition = $1 and wake_at < $2 limit 1`, [partition, at]);
      if (rows.length !== 2 || due.rows.length > 0) return false;
      await sql.query(
        `with first as (update task set owner_epoch = owner_epoch + 1, successor = $1 where processor = $3 and partition = $2
           returning out_seq, incarnation),
         moved as (update outbox set processor = $1 where processor = $3 and partition = $2)
         update task set txn = txn + 1, silent = false, out_seq = first.out_seq, incarnation = first.incarnation + 1
         from first where processor = $1 and partition = $2`,
        [lane, partition, first],
      );
      return true;
    });
  }

  async sweep(
    lane: string,
    partition: number,
    successor: string,
    { limit, items }: { readonly limit: number; readonly items: boolean },
  ): Promise<number> {
    const over = 'exists (select from task where processor = $1 and partition = $2 and successor = $3)';
    const portion = async (table: string): Promise<number> => {
      const { rowCount } = await this.query(
        `delete from ${lane}_${table} where ctid = any(array(select ctid from ${lane}_${table} where partition = $2 limit $4)) and ${over}`,
        [lane, partition, successor, limit],
      );
      return rowCount ?? 0;
    };
    const swept = (await portion('state')) + (items ? await portion('item') : 0);
    if (swept > 0) return swept;
    for (const table of ['cursor', 'tally'])
      await this.query(`delete from ${table} where processor = $1 and partition = $2 and ${over}`, [lane, partition, successor]);
    return 0;
  }

  async states(processor: string, partition: number, keys: readonly string[]): Promise<StoredState[]> {
    return this.readStates(
      `states-${processor}`,
      (state) =>
        `select key, wake_at, version, ${state} as state from ${processor}_state where partition = $1 and key = any(string_to_array($2, E'\\x1e'))`,
      [partition, list(keys)],
    );
  }

  async due(processor: string, partition: number, before: number, limit: number): Promise<StoredState[]> {
    if (before === -Infinity) return [];
    return this.readStates(
      `due-${processor}`,
      (state) => `select key, wake_at, version, ${state} as state from ${processor}_state
             where partition = $1 and wake_at is not null and wake_at < $2 order by wake_at, key collate "C" limit $3`,
      [partition, before === Infinity ? Number.MAX_SAFE_INTEGER : before, limit],
    );
  }

  async items(
    processor: string,
    partition: number,
    keys: readonly string[],
  ): Promise<ReadonlyMap<string, readonly StoredItem[]>> {
    const { rows } = await this.pool.query<Record<string, unknown>>({
      name: `items-${processor}`,
      text: `select key, n, item from ${processor}_item where partition = $1 and key = any(string_to_array($2, E'\\x1e')) order by key, n`,
      values: [partition, list(keys)],
    });
    const found = new Map<string, StoredItem[]>();
    for (const { key, n, item } of rows) {
      const items = found.get(String(key)) ?? [];
      found.set(String(key), items);
      items.push({ n: Number(n), text: textOf(item as Buffer) });
    }
    return found;
  }

  async firstWake(processor: string, partition: number): Promise<number | undefined> {
    const { rows } = await this.query(
      `select min(wake_at) as first from ${processor}_state where partition = $1 and wake_at is not null`,
      [partition],
    );
    const first = rows[0]?.['first'];
    return first === null || first === undefined ? undefined : Number(first);
  }

  async scan(processor: string, partition: number, afterKey: string, limit: number): Promise<StoredState[]> {
    return this.readStates(
      `scan-${processor}`,
      (state) =>
        `select key, wake_at, version, ${state} as state from ${processor}_state where partition = $1 and key > $2 order by key limit $3`,
      [partition, afterKey, limit],
    );
  }

  async seen(partition: number, hashes: readonly string[]): Promise<Set<string>> {
    const { rows } = await this.query(
      `select encode(hash, 'hex') as hash from seen where partition = $1 and hash = any(select decode(h, 'hex') from unnest(string_to_array($2, E'\\x1e')) h)`,
      [partition, list(hashes)],
    );
    return new Set(rows.map(({ hash }) => String(hash)));
  }

  async commit(commit: Commit): Promise<boolean> {
    const { apply } = commit;
    const { text, values, name } = commitStatement(commit);
    if (commit.seenAt - this.lastForgotten > 600_000) {
      this.lastForgotten = commit.seenAt;
      void this.forgetSeen(commit.seenAt - seenMs);
    }
    const fenced = (rows: readonly Record<string, unknown>[]): boolean => Number(rows[0]?.['mine']) !== 1;
    if (apply === undefined) return !fenced((await this.pool.query<Record<string, unknown>>({ name, text, values })).rows);
    return this.transaction(async (sql) => {
      if (fenced((await sql.query(text, values)).rows)) return false;
      await apply(sql);
      return true;
    });
  }

  /** In portions, beside the commits: nobody waits for it. What is left is found ten minutes later. */
  private async forgetSeen(before: number): Promise<void> {
    if (this.forgetting) return;
    this.forgetting = true;
    try {
      let deleted: number | null;
      do {
        ({ rowCount: deleted } = await this.pool.query({
          name: 'forget-seen',
          text: 'delete from seen where ctid = any(array(select ctid from seen where at < $1 order by at limit $2))',
          values: [before, seenPortion],
        }));
      } while (deleted === seenPortion && !this.pool.ending);
    } catch (error) {
      this.logger.debug({ error: (error as Error).message }, 'old ids of records are forgotten later');
    } finally {
      this.forgetting = false;
    }
  }

  /** One query for all; where the bytes of one of them are no text, once more without asking the database to read them. */
  private async readStates(name: string, text: (state: string) => string, values: readonly unknown[]): Promise<StoredState[]> {
    try {
      const { rows } = await this.pool.query<Record<string, unknown>>({
        name,
        text: text("convert_from(state, 'UTF8')"),
        values: [...values],
      });
      return rows.map(stored);
    } catch (error) {
      if (kindOf(error) !== 'data') throw error;
      return (await this.query(text('state'), values)).rows.map(stored);
    }
  }

  async suspect({ processor, partition, epoch }: TaskId, suspect: Suspect | null): Promise<boolean> {
    const { rowCount } = await this.query(
      'update task set suspect = $4 where processor = $1 and partition = $2 and owner_epoch = $3',
      [processor, partition, epoch, suspect && JSON.stringify(suspect)],
    );
    return rowCount === 1;
  }

  async stop({ processor, partition, epoch }: TaskId, alarm: string): Promise<void> {
    await this.query('update task set stopped = $4 where processor = $1 and partition = $2 and owner_epoch = $3', [
      processor,
      partition,
      epoch,
      alarm,
    ]);
  }

  async recovered({ processor, partition, epoch }: TaskId): Promise<boolean> {
    const { rowCount } = await this.query(
      'update task set recover_from = null where processor = $1 and partition = $2 and owner_epoch = $3',
      [processor, partition, epoch],
    );
    return rowCount === 1;
  }

  async place({ processor, partition, epoch }: TaskId, places: ReadonlyMap<string, number>): Promise<boolean> {
    const { rowCount } = await this.query(
      `with mine as (update task set committed_at = floor(extract(epoch from clock_timestamp()) * 1000)
         where processor = $1 and partition = $2 and owner_epoch = $3 returning 1)
       insert into cursor (processor, topic, partition, next_offset)
       select $1, t, $2, o from unnest($4::text[], $5::bigint[]) c (t, o) where exists (select from mine)
       on conflict (processor, topic, partition) do update set next_offset = excluded.next_offset`,
      [processor, partition, epoch, [...places.keys()], [...places.values()]],
    );
    return rowCount === places.size;
  }

  async stopped(processor: string, partition: number): Promise<string | null> {
    const { rows } = await this.query('select stopped from task where processor = $1 and partition = $2', [processor, partition]);
    return (rows[0]?.['stopped'] ?? null) as string | null;
  }

  async worker<R>(
    task: TaskId,
    fence: WorkerFence | null,
    work: (sql: Sql) => Promise<WorkerWork<R>>,
  ): Promise<{ result: R } | undefined> {
    const { processor, partition, epoch } = task;
    return this.transaction(async (sql) => {
      // The lock is what counts: it does not wait for another transaction of the same owner, but a change of owners does.
      const { rows } =
        fence === null
          ? await sql.query('select 1 from task where processor = $1 and partition = $2 and owner_epoch = $3', [
              processor,
              partition,
              epoch,
            ])
          : await sql.query(
              'update task set txn = txn + 1, attempts = 0 where processor = $1 and partition = $2 and owner_epoch = $3 and txn = $4 returning 1',
              [processor, partition, epoch, fence.txn],
            );
      if (rows.length === 0) return undefined;
      const { result, outbox, publishedSeq, outSeq, tallies } = await work(sql);
      if (fence !== null && outSeq !== undefined && outSeq !== fence.outSeq) {
        await sql.query('update task set out_seq = $3 where processor = $1 and partition = $2', [processor, partition, outSeq]);
      }
      if (outbox)
        await sql.query('insert into outbox values ($1, $2, $3, $4, $5)', [
          processor,
          partition,
          outbox.firstSeq,
          outbox.lastSeq,
          outbox.bytes,
        ]);
      if (publishedSeq !== undefined)
        await sql.query('delete from outbox where processor = $1 and partition = $2 and last_seq <= $3', [
          processor,
          partition,
          publishedSeq,
        ]);
      if (tallies !== undefined && Object.keys(tallies).length > 0) {
        await sql.query(
          `insert into tally select $1, $2, n, c::bigint from unnest(string_to_array($3, E'\\x1e'), string_to_array($4, E'\\x1e')) t (n, c)
           on conflict (processor, partition, name) do update set count = tally.count + excluded.count`,
          [processor, partition, list(Object.keys(tallies)), list(Object.values(tallies))],
        );
      }
      return { result };
    });
  }

  async workers<R>(
    processor: string,
    holds: Parameters<Store['workers']>[1],
    work: (
      sql: Sql,
      held: ReadonlySet<number>,
    ) => Promise<{ result: R; works: ReadonlyMap<number, Omit<WorkerWork<unknown>, 'result'>> }>,
  ): Promise<{ result: R; held: ReadonlySet<number> }> {
    return this.transaction(async (sql) => {
      const { rows } = await sql.query(jointFence, [
        processor,
        holds.map(({ partition }) => partition),
        holds.map(({ epoch }) => epoch),
        holds.map(({ txn }) => txn),
      ]);
      const held = new Set(rows.map(({ partition }) => Number(partition)));
      const { result, works } = await work(sql, held);
      if (works.size > 0) await sql.query(jointFinish, jointValues(processor, works));
      return { result, held };
    }, 'named');
  }

  async query(text: string, values: readonly unknown[] = []): ReturnType<Sql['query']> {
    return this.pool.query<Record<string, unknown>>(text, [...values]);
  }

  async look(): Promise<Condition> {
    // It is on in a standby as well. Source: https://www.postgresql.org/docs/current/hot-standby.html
    const { rows } = await this.pool.query<Record<string, unknown>>(
      `select (extract(epoch from clock_timestamp()) * 1000)::float8 as now, current_setting('transaction_read_only') = 'on' as read_only,
         (select json_object_agg(processor || '/' || partition, paused) from task where paused is not null) as paused`,
    );
    const row = rows[0];
    return {
      now: Number(row?.['now']),
      readOnly: row?.['read_only'] === true,
      paused: new Map(Object.entries((row?.['paused'] ?? {}) as Record<string, string>)),
    };
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  /** A connection on which anything failed is thrown away: what it was in the middle of is not known. */
  private async transaction<R>(work: (sql: Sql) => Promise<R>, statements?: 'named'): Promise<R> {
    const client = await this.pool.connect();
    // The pool listens to idle ones only; this one may be cut while the work is busy with something else.
    client.on('error', this.lost);
    try {
      await client.query(statements === undefined ? 'begin' : beginByIndex);
      let answered = true;
      const sql: Sql = {
        query: (text, values = []) =>
          client
            .query<Record<string, unknown>>({ text, values: [...values], ...(statements && { name: nameOf(text) }) })
            .catch((error: unknown) => {
              answered = false;
              throw error;
            }),
      };
      const result = await work(sql).catch((error: unknown) => {
        // What the code itself throws, with every query answered, is the same at the next try.
        throw answered && error instanceof Error ? new DataError(error.message, { cause: error }) : error;
      });
      await client.query('commit');
      client.release();
      return result;
    } catch (error) {
      client.release(error as Error);
      throw error;
    } finally {
      client.off('error', this.lost);
    }
  }
}

const cursorOf = (row: Readonly<Record<string, unknown>>): Cursor => ({
  topic: String(row['topic']),
  nextOffset: Number(row['next_offset']),
  origins: row['origins'] as Cursor['origins'],
});

/** A plan that is made on an empty table is kept when the table has grown: it has to go by its indexes from the start. */
const beginByIndex = 'begin; set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off';

/** Prepared once per connection instead of planned each time; only for texts that are constants. */
const names = new Map<string, string>();
function nameOf(text: string): string {
  const name = names.get(text) ?? `w${String(names.size)}`;
  names.set(text, name);
  return name;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes that are no text are no JSON either: an empty text says so to its reader. */
const textOf = (bytes: Buffer): string => (isUtf8(bytes) ? bytes.toString() : '');

/** `state` as text, or as bytes where some of them are no text. */
function stored(row: Record<string, unknown>): StoredState {
  const { state } = row;
  const rest = {
    key: String(row['key']),
    wakeAt: row['wake_at'] === null ? null : Number(row['wake_at']),
    version: Number(row['version']),
    bytes: Buffer.isBuffer(state) ? state.length : textBytes(String(state)),
  };
  try {
    return { ...rest, state: JSON.parse(Buffer.isBuffer(state) ? utf8.decode(state) : String(state)) as unknown };
  } catch (error) {
    return { ...rest, state: undefined, unreadable: `it is no JSON: ${(error as Error).message}` };
  }
}
