import type { Sql } from '#stream';
import type {
  Condition,
  Commit,
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
} from '#stream/runtime';

interface StateRow {
  readonly wakeAt: number | null;
  readonly version: number;
  readonly state: string;
}

interface Row {
  task: Omit<TaskRow, 'cursors' | 'outbox' | 'tallies'>;
  cursors: Map<string, Cursor>;
  outbox: { firstSeq: number; lastSeq: number; bytes: Buffer }[];
  tallies: Record<string, number>;
  states: Map<string, StateRow>;
  items: Map<string, StoredItem[]>;
  seen: Set<string>;
}

/** Counts resumed tasks: an incarnation is above all that were given, also by a store that is lost. */
let resumed = 1;

/** The tables of a service in memory, under the same port as the database's: states are kept as text, as there. */
export class MemoryStore implements Store {
  readonly rows = new Map<string, Row>();
  /** While set, the database is away. */
  away: string | undefined;
  /** After this many more commits the answer of one is lost. */
  loseAnswerAfter = Infinity;

  acquire(processor: string, partition: number, silent = false): Promise<TaskRow> {
    return this.answer(() => {
      const row = this.row(processor, partition, silent);
      const { confirmed, skip } = row.task;
      row.task = {
        ...row.task,
        epoch: row.task.epoch + 1,
        attempts: row.task.attempts + 1,
        incarnation: confirmed ? Math.max(row.task.incarnation + 1, ++resumed) : row.task.incarnation,
        recoverFrom: confirmed ? (row.task.recoverFrom ?? row.task.committedAt ?? 0) : row.task.recoverFrom,
        confirmed: false,
        skip: false,
      };
      return {
        ...row.task,
        confirmed,
        skip,
        cursors: [...row.cursors.values()],
        outbox: [...row.outbox],
        tallies: { ...row.tallies },
      };
    });
  }

  standing(lane: string, partition: number): Promise<Standing | undefined> {
    return this.answer(() => {
      const row = this.rows.get(`${lane}/${String(partition)}`);
      return row && { ...row.task, cursors: [...row.cursors.values()] };
    });
  }

  switchLanes({ task, txn, first, firstTxn, at }: LaneSwitch): Promise<boolean> {
    return this.answer(() => {
      const { processor: lane, partition, epoch } = task;
      const [mine, other] = [this.row(lane, partition), this.row(first, partition)];
      const { txn: stands, watermark, time, silent, successor, rulesVersion, outSeq, incarnation } = other.task;
      if (mine.task.epoch !== epoch || mine.task.txn !== txn || !mine.task.silent || mine.task.watermark !== at) return false;
      if (stands !== firstTxn || watermark !== at || (time ?? 0) > at || silent || successor !== null || rulesVersion === '')
        return false;
      if ([...other.states.values()].some(({ wakeAt }) => wakeAt !== null && wakeAt < at)) return false;
      mine.task = { ...mine.task, txn: txn + 1, silent: false, outSeq, incarnation: incarnation + 1 };
      mine.outbox = other.outbox;
      other.outbox = [];
      other.task = { ...other.task, epoch: other.task.epoch + 1, successor: lane };
      return true;
    });
  }

  sweep(lane: string, partition: number, successor: string, { limit }: { readonly limit: number }): Promise<number> {
    return this.answer(() => {
      const { task, states, items, cursors, tallies } = this.row(lane, partition);
      if (task.successor !== successor) return 0;
      const keys = [...states.keys()].slice(0, limit);
      for (const key of keys) {
        states.delete(key);
        items.delete(key);
      }
      if (keys.length > 0) return keys.length;
      cursors.clear();
      for (const name of Object.keys(tallies)) Reflect.deleteProperty(tallies, name);
      return 0;
    });
  }

  states(processor: string, partition: number, keys: readonly string[]): Promise<StoredState[]> {
    return this.answer(() => {
      const { states } = this.row(processor, partition);
      return keys.flatMap((key) => {
        const state = states.get(key);
        return state === undefined ? [] : [parsed(key, state)];
      });
    });
  }

  items(processor: string, partition: number, keys: readonly string[]): Promise<ReadonlyMap<string, readonly StoredItem[]>> {
    return this.answer(() => {
      const { items } = this.row(processor, partition);
      return new Map(keys.flatMap((key) => (items.has(key) ? [[key, [...(items.get(key) ?? [])]] as const] : [])));
    });
  }

  due(processor: string, partition: number, before: number, limit: number): Promise<StoredState[]> {
    return this.answer(() => {
      const due: { key: string; wakeAt: number }[] = [];
      const { states } = this.row(processor, partition);
      for (const [key, { wakeAt }] of states) if (wakeAt !== null && wakeAt < before) due.push({ key, wakeAt });
      return due
        .sort((a, b) => a.wakeAt - b.wakeAt || (a.key < b.key ? -1 : 1))
        .slice(0, limit)
        .map(({ key }) => parsed(key, states.get(key) as StateRow));
    });
  }

  firstWake(processor: string, partition: number): Promise<number | undefined> {
    return this.answer(() => {
      let first: number | undefined;
      for (const { wakeAt } of this.row(processor, partition).states.values())
        if (wakeAt !== null && (first === undefined || wakeAt < first)) first = wakeAt;
      return first;
    });
  }

  scan(processor: string, partition: number, afterKey: string, limit: number): Promise<StoredState[]> {
    return this.answer(() =>
      this.sorted(processor, partition)
        .filter(({ key }) => key > afterKey)
        .slice(0, limit),
    );
  }

  seen(partition: number, hashes: readonly string[]): Promise<Set<string>> {
    return this.answer(
      () =>
        new Set(
          hashes.filter((hash) =>
            [...this.rows].some(([name, row]) => name.endsWith(`/${String(partition)}`) && row.seen.has(hash)),
          ),
        ),
    );
  }

  async commit(commit: Commit): Promise<boolean> {
    const committed = await this.answer(() => {
      const {
        task: { processor, partition, epoch },
        txn,
      } = commit;
      const row = this.row(processor, partition);
      if (row.task.epoch !== epoch || row.task.txn !== txn) return false;
      const { watermark, clock, time, outSeq, stateVersion, rulesVersion } = commit;
      row.task = {
        ...row.task,
        txn: txn + 1,
        attempts: 0,
        suspect: null,
        committedAt: Date.now(),
        watermark,
        clock,
        time,
        outSeq,
        stateVersion,
        rulesVersion,
      };
      row.outbox = row.outbox.filter(({ lastSeq }) => lastSeq > commit.publishedSeq);
      if (commit.outbox !== null) row.outbox.push(commit.outbox);
      for (const cursor of commit.cursors) row.cursors.set(cursor.topic, JSON.parse(JSON.stringify(cursor)) as Cursor);
      for (const { key, wakeAt, state, text, change } of commit.states) {
        if (change !== undefined) {
          const { below = 0, added } = change;
          row.items.set(key, [...(row.items.get(key) ?? []).filter(({ n }) => n >= below), ...added]);
        }
        if (state === null) row.states.delete(key);
        else row.states.set(key, { wakeAt, version: stateVersion, state: text ?? JSON.stringify(state) });
      }
      for (const key of commit.parked ?? []) {
        const state = row.states.get(key);
        if (state !== undefined) row.states.set(key, { ...state, wakeAt: null });
      }
      for (const hash of commit.seen) row.seen.add(hash);
      add(row.tallies, commit.tallies);
      return true;
    });
    if (--this.loseAnswerAfter < 0) {
      this.loseAnswerAfter = Infinity;
      throw new Error('the connection was cut after COMMIT');
    }
    return committed;
  }

  suspect({ processor, partition, epoch }: TaskId, suspect: Suspect | null): Promise<boolean> {
    return this.answer(() => {
      const row = this.row(processor, partition);
      if (row.task.epoch !== epoch) return false;
      row.task = { ...row.task, suspect };
      return true;
    });
  }

  stop({ processor, partition, epoch }: TaskId, alarm: string): Promise<void> {
    return this.answer(() => {
      const row = this.row(processor, partition);
      if (row.task.epoch === epoch) row.task = { ...row.task, stopped: alarm };
    });
  }

  recovered({ processor, partition, epoch }: TaskId): Promise<boolean> {
    return this.answer(() => {
      const row = this.row(processor, partition);
      if (row.task.epoch !== epoch) return false;
      row.task = { ...row.task, recoverFrom: null };
      return true;
    });
  }

  place(): Promise<boolean> {
    return Promise.reject(new Error('workers own tables of their own: test them on the real database'));
  }

  stopped(processor: string, partition: number): Promise<string | null> {
    return this.answer(() => this.row(processor, partition).task.stopped);
  }

  worker<R>(
    _task: TaskId,
    _fence: WorkerFence | null,
    _work: (sql: Sql) => Promise<WorkerWork<R>>,
  ): Promise<{ result: R } | undefined> {
    return Promise.reject(new Error('workers own tables of their own: test them on the real database'));
  }

  workers(): Promise<never> {
    return Promise.reject(new Error('workers own tables of their own: test them on the real database'));
  }

  query(): ReturnType<Sql['query']> {
    return Promise.reject(new Error('no SQL in memory'));
  }

  look(): Promise<Condition> {
    return this.answer(() => ({
      now: Date.now(),
      readOnly: false,
      paused: new Map([...this.rows].flatMap(([name, { task }]) => (task.paused === null ? [] : [[name, task.paused] as const]))),
    }));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  row(processor: string, partition: number, silent = false): Row {
    const name = `${processor}/${String(partition)}`;
    let row = this.rows.get(name);
    if (row === undefined) {
      row = {
        task: {
          epoch: 0,
          txn: 0,
          outSeq: 0,
          incarnation: 1,
          watermark: null,
          clock: 'unset',
          time: null,
          attempts: 0,
          stateVersion: 0,
          rulesVersion: null,
          suspect: null,
          stopped: null,
          skip: false,
          paused: null,
          skips: {},
          confirmed: false,
          databaseChanged: null,
          elsewhere: false,
          committedAt: null,
          recoverFrom: null,
          silent,
          successor: null,
        },
        cursors: new Map(),
        outbox: [],
        tallies: Object.create(null) as Record<string, number>,
        states: new Map(),
        items: new Map(),
        seen: new Set(),
      };
      this.rows.set(name, row);
    }
    return row;
  }

  /** What `hito task resume` (with `confirmed` where log or database were the cause) and `hito task skip` write. */
  resume(processor: string, partition: number, how: { readonly skip?: boolean; readonly confirmed?: boolean } = {}): void {
    const row = this.row(processor, partition);
    row.task = { ...row.task, stopped: null, attempts: 0, skip: how.skip ?? false, confirmed: how.confirmed ?? false };
  }

  /** What `hito task pause` writes; null is `hito task resume`. */
  pause(processor: string, partition: number, reason: string | null): void {
    const row = this.row(processor, partition);
    row.task = { ...row.task, paused: reason };
  }

  /** What `hito task skip --record` writes. */
  skip(processor: string, partition: number, record: string, reason: string): void {
    const row = this.row(processor, partition);
    row.task = { ...row.task, skips: { ...row.task.skips, [record]: reason } };
  }

  /** All states of a processor. */
  all(processor: string): StoredState[] {
    return [...this.rows]
      .filter(([name]) => name.startsWith(`${processor}/`))
      .flatMap(([, row]) => [...row.states].map(([key, state]) => parsed(key, state)));
  }

  /** Durable counters of a processor, all partitions together. */
  tallies(processor: string): Record<string, number> {
    const sum = Object.create(null) as Record<string, number>;
    for (const [name, row] of this.rows) if (name.startsWith(`${processor}/`)) add(sum, row.tallies);
    return sum;
  }

  private sorted(processor: string, partition: number): StoredState[] {
    return [...this.row(processor, partition).states]
      .map(([key, state]) => parsed(key, state))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  private async answer<R>(work: () => R): Promise<R> {
    await Promise.resolve();
    if (this.away !== undefined) throw new Error(this.away);
    return work();
  }
}

function parsed(key: string, { wakeAt, version, state }: StateRow): StoredState {
  const bytes = Buffer.byteLength(state);
  try {
    return { key, wakeAt, version, bytes, state: JSON.parse(state) as unknown };
  } catch (error) {
    return { key, wakeAt, version, bytes, state: undefined, unreadable: `it is no JSON: ${(error as Error).message}` };
  }
}

function add(sum: Record<string, number>, moves: Readonly<Record<string, number>>): void {
  for (const [name, by] of Object.entries(moves)) sum[name] = (sum[name] ?? 0) + by;
}
