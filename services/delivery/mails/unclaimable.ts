import { cut, wellFormed } from '#facts';
import type { Sql, WorkerCommit } from '#stream';
import { announcement, changedColumns, type Changed } from './outcome.ts';

/** The mail of a partition that a claim of one takes; undefined where none is due. */
export async function firstDue(
  sql: Sql,
  partition: number,
  open: { readonly smtp: boolean; readonly inbox: boolean },
): Promise<string | undefined> {
  const { rows } = await sql.query(
    `select id from mail where partition = $1 and state = 'pending' and retry_at <= statement_timestamp()
       and case when replayed then $2::boolean else $3::boolean end order by rank, retry_at limit 1`,
    [partition, open.inbox, open.smtp],
  );
  return rows[0]?.['id'] as string | undefined;
}

/** Settles a mail that cannot be claimed, so that the others of its partition go on. */
export async function giveUp(sql: Sql, id: string, why: string): Promise<WorkerCommit<void>> {
  const { rows } = await sql.query(
    `update mail m set state = 'failed', reason = $2, counted_as = 'failed', lease_until = null, rendered = null,
            variables = '{}', settled_at = clock_timestamp()
     where id = $1 and state = 'pending' returning ${changedColumns}, 'pending' as counted_as`,
    [id, cut(wellFormed(`unreadable: ${why}`), 500)],
  );
  return { result: undefined, ...announcement(rows as unknown as Changed[]) };
}
