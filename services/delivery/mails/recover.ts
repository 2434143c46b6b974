import type { Sql, WorkerCommit } from '#stream';
import { variablesOfEnded } from './erase.ts';
import { announcement, changedColumns, type Changed } from './outcome.ts';

export interface RecoverOptions {
  /** A row in `data` older than this (reply timeout and a margin) has no living worker, ms. */
  readonly doubtAfterMs: number;
  /** How long a doubtful legal mail waits for its reply before that, ms. */
  readonly resendAfterMs: number;
  /** How often one legal mail may be sent again; all others are held. */
  readonly resends: number;
}

const uncounted = `counted_as <> case when state in ('claimed', 'data') then 'pending' else state end`;

/** Which of these partitions have something to recover: four index probes each. */
export async function recoverable(sql: Sql, partitions: readonly number[], options: RecoverOptions): Promise<number[]> {
  const { rows } = await sql.query(
    `select p.partition from unnest($1::int[]) as p (partition)
     where exists (select from mail where partition = p.partition and state = 'claimed' and lease_until < statement_timestamp())
        or exists (select from mail where partition = p.partition and state = 'data' and data_at < statement_timestamp() - $2 * interval '1 millisecond')
        or exists (select from mail where partition = p.partition and state = 'in_doubt' and legal and resends < $4
                     and doubted_at < statement_timestamp() - $3 * interval '1 millisecond')
        or exists (select from mail where partition = p.partition and state = 'in_doubt' and rendered is not null and not replayed
                     and not_after < statement_timestamp())
        or exists (select from mail where partition = p.partition and ${uncounted})`,
    [partitions, options.doubtAfterMs, options.resendAfterMs, options.resends],
  );
  return rows.map((row) => Number(row['partition']));
}

/**
 * Puts right what an earlier owner, or this one, left: claimed with a lapsed lease → pending (no byte was sent); data without a reply for
 * too long → in_doubt; doubtful mail whose policy is to resend → pending, which is recorded; and announces what is not yet counted.
 */
export async function recover(sql: Sql, partition: number, options: RecoverOptions): Promise<WorkerCommit<void>> {
  const { doubtAfterMs, resendAfterMs, resends } = options;
  await sql.query(
    `update mail set state = 'pending', lease_until = null, retry_at = clock_timestamp()
     where partition = $1 and state = 'claimed' and lease_until < clock_timestamp()`,
    [partition],
  );
  await sql.query(
    `update mail set state = 'in_doubt', reason = 'no_reply', reply = null, lease_until = null, doubted_at = clock_timestamp()
     where partition = $1 and state = 'data' and data_at < clock_timestamp() - $2 * interval '1 millisecond'`,
    [partition, doubtAfterMs],
  );
  const announced = await announceUncounted(sql, partition);
  await sql.query(
    `update mail set state = 'pending', reason = 'resent_by_policy', resends = resends + 1, retry_at = clock_timestamp()
     where partition = $1 and state = 'in_doubt' and counted_as = 'in_doubt' and legal and resends < $3
       and doubted_at < clock_timestamp() - $2 * interval '1 millisecond'`,
    [partition, resendAfterMs, resends],
  );
  // A doubtful mail whose time is over is not made again: neither its bytes nor its secrets are of use. A replayed one's time is another.
  await sql.query(
    `update mail m set rendered = null, variables = ${variablesOfEnded}
     where m.partition = $1 and m.state = 'in_doubt' and m.rendered is not null and not m.replayed and m.not_after < clock_timestamp()`,
    [partition],
  );
  return { result: undefined, ...announcement([...announced, ...(await announceUncounted(sql, partition))]) };
}

async function announceUncounted(sql: Sql, partition: number): Promise<Changed[]> {
  const { rows } = await sql.query(
    `with found as (select id, counted_as from mail where partition = $1 and ${uncounted} limit 500 for update)
     update mail m set counted_as = case when m.state in ('claimed', 'data') then 'pending' else m.state end
     from found f where m.id = f.id returning ${changedColumns}, f.counted_as`,
    [partition],
  );
  return rows as unknown as Changed[];
}
