import { z } from 'zod';
import { contract, derived } from '#contracts';
import type { Sql, Worker, WorkerCommit, WorkerSession } from '#stream';
import { known, whoId } from './toy.ts';
import { toyStart } from './toy-replay.ts';

/** What the runner did. */
export const chores = contract('chores.v1', z.object({ ...derived, n: z.int() }), { retentionMs: -1 });

/** Its own table: what there is to be done, and how often it was. */
export const errandTable = 'create table errand (partition int, n int, runs int not null default 0, primary key (partition, n));';

const portion = 5;

async function run(sql: Sql, partition: number): Promise<WorkerCommit<number>> {
  const { rows } = await sql.query(
    `update errand set runs = runs + 1 where partition = $1 and n in
       (select n from errand where partition = $1 and runs = 0 order by n limit ${String(portion)}) returning n`,
    [partition],
  );
  return {
    result: rows.length,
    emit: rows.map(({ n }) => {
      const id = whoId(String(Number(n)));
      return { contract: chores, key: id, cause: { id }, at: toyStart, name: 'run', data: { n: Number(n) } };
    }),
    tally: { errands: rows.length },
  };
}

/**
 * A worker that runs errands, a few in a transaction: each partition by itself, or (`together`) all that the process holds in common
 * transactions.
 */
export function runner(together: boolean): Worker {
  const sessions = new Set<WorkerSession>();
  const all = async (first: WorkerSession): Promise<number> => {
    const others = [...sessions].filter((session) => session !== first);
    return first
      .together(others, async (sql, held) => {
        const commits = new Map<number, WorkerCommit<number>>();
        for (const partition of held) commits.set(partition, await run(sql, partition));
        return { result: [...commits.values()].reduce((sum, { result }) => sum + result, 0), commits };
      })
      .then(({ result, held }) => (held.has(first.partition) ? result : Promise.reject(new Error('not mine any more'))));
  };
  return {
    service: 'ingestion',
    name: 'runner',
    inputs: [{ contract: known, kind: 'ordered' }],
    outputs: [{ contract: chores }],
    async run(session) {
      sessions.add(session);
      try {
        while (!session.signal.aborted) {
          const done = together ? await all(session) : await session.transaction((sql) => run(sql, session.partition));
          await new Promise((resolve) => setTimeout(resolve, done === 0 ? 100 : 5));
        }
      } finally {
        sessions.delete(session);
      }
    },
  };
}
