/** Why the log and the cursor do not fit each other, with what to do; undefined where they do. Offsets; -1 for none. */
export function rangeAlarm(seen: {
  topic: string;
  partition: number;
  cursor: number | undefined;
  start: number;
  end: number;
  committed: number;
  /** First offset that was written well after the task last committed; the end where there is none. */
  later?: number;
}): string | undefined {
  const { topic, partition, cursor, start, end, committed, later = Infinity } = seen;
  const where = `${topic} partition ${String(partition)}`;
  if (cursor === undefined) {
    return committed > start
      ? `${where}: the group has read up to ${String(committed)}, but the database knows nothing of it: it is another or an emptied database. Restore it, or use a fresh prefix.`
      : undefined;
  }
  if (cursor < start) {
    return `${where}: retention has overtaken the task: it stands at ${String(cursor)}, the log begins at ${String(start)}; ${String(start - cursor)} records are lost to it. Restore them, or accept the loss by moving the cursor.`;
  }
  if (cursor > end) {
    return `${where}: the task stands at ${String(cursor)}, the log ends at ${String(end)}: the topic was made anew or the broker lost records. Bring the topic back, or use a fresh prefix. To go on without what is lost, give \`hito task resume\`: it reads what was written since the task stood here.`;
  }
  if (later >= 0 && later < cursor) {
    return `${where}: the task stands at ${String(cursor)}, and has not taken what lies from ${String(later)} on, which was written after it last committed: the topic was made anew. Bring the topic back, or use a fresh prefix. To go on without what is lost, give \`hito task resume\`: it reads what was written since the task stood here.`;
  }
  if (committed > cursor) {
    return `${where}: the group had committed ${String(committed)}, the database stands at ${String(cursor)}: the database went back (restored from a backup?). Once you know that it is the one to keep, give \`hito task resume\`: the task takes its input again from there and publishes nothing twice.`;
  }
  return undefined;
}

/** How far clocks of hosts may be apart, with room: what is written so much later than an instant, by its writer's clock, came after it, ms. */
export const slackMs = 300_000;

/**
 * Where reading begins once an operator has accepted that the log does not reach the cursor. `since`: the first record written since the
 * task was there. Of a topic made anew that is its first, of one that lost its end it is the end.
 */
export function beginning(at: { cursor: number; start: number; end: number; since: number; later?: number }): number {
  const { cursor, start, end, since, later = Infinity } = at;
  return cursor > end || (later >= 0 && later < cursor) ? Math.min(Math.max(since, start), end) : Math.max(cursor, start);
}
