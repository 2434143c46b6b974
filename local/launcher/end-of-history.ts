import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { services } from '#contracts';
import { schemaOf, withDatabase } from './database.ts';

/** 00:00 UTC after the last day: where the clock of a replay ends. */
export const endOfHistory = (until: string): number => Date.parse(`${until}T00:00:00Z`) + 86_400_000;

/** What the summary still has to wait for, in words; empty when every task has reached the end and every mail its own. */
async function stillToCome(adminUrl: string, prefix: string, partitions: number, end: number): Promise<string[]> {
  return withDatabase(adminUrl, async (client) => {
    const waits: string[] = [];
    for (const service of services) {
      const schema = pg.escapeIdentifier(schemaOf(prefix, service));
      // A worker (delivery's sender) has a task row, but no time of its own, and it clears its outbox only with its next transaction.
      const { rows } = await client.query<{
        processor: string;
        tasks: number;
        behind: number;
        slowest: string | null;
        stopped: string | null;
      }>(
        `select processor, count(*)::int as tasks, count(*) filter (where watermark is null or watermark < $1)::int as behind, min(watermark) as slowest, min(stopped) as stopped
           from ${schema}.task where processor <> 'sender' group by processor order by processor`,
        [end],
      );
      if (rows.length === 0) waits.push(`${service} has no task yet`);
      for (const { processor, tasks, behind, slowest, stopped } of rows) {
        if (stopped !== null) waits.push(`${processor} has stopped: ${stopped}`);
        if (tasks < partitions) waits.push(`${processor} has ${String(tasks)} of ${String(partitions)} tasks`);
        if (behind > 0)
          waits.push(
            `${processor} is at ${slowest === null ? 'its beginning' : new Date(Number(slowest)).toISOString().slice(0, 16)}`,
          );
      }
      const outbox = await client.query<{ n: number }>(
        `select count(*)::int as n from ${schema}.outbox where processor <> 'sender'`,
      );
      if ((outbox.rows[0]?.n ?? 0) > 0) waits.push(`${service} is publishing`);
    }
    const mails = await client.query<{ n: number }>(
      `select count(*)::int as n from ${pg.escapeIdentifier(schemaOf(prefix, 'delivery'))}.mail where state in ('pending', 'claimed', 'data')`,
    );
    const open = mails.rows[0]?.n ?? 0;
    if (open > 0) waits.push(`${String(open)} ${open === 1 ? 'mail' : 'mails'} to be sent`);
    return waits;
  });
}

/** Waits until nothing is still to come. */
export async function untilSettled(
  adminUrl: string,
  prefix: string,
  partitions: number,
  end: number,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const waits = await stillToCome(adminUrl, prefix, partitions, end).catch((error: unknown) => [
      `the database: ${String(error)}`,
    ]);
    if (waits.length === 0) return;
    progress(`replay: all events are in; ${waits.slice(0, 3).join(', ')}${waits.length > 3 ? ' …' : ''}`);
    await sleep(500, undefined, { signal });
  }
}
