/** Why the log and the cursor do not fit each other, with what to do; undefined where they do. Offsets; -1 for none. */
export function rangeAlarm(seen: {
  topic: string;
  partition: number;
  cursor: number | undefined;
  start: number;
  end: number;
  committed: number;
}): string | undefined {
  const { topic, partition, cursor, start, end, committed } = seen;
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
    return `${where}: the task stands at ${String(cursor)}, the log ends at ${String(end)}: the topic was made anew or the broker lost records. Bring the topic back, or use a fresh prefix.`;
  }
  if (committed > cursor) {
    return `${where}: the group had committed ${String(committed)}, the database stands at ${String(cursor)}: the database went back (restored from a backup?). Its numbers would be used twice: raise the incarnation with \`hito task resume\` once you know that it is the one to keep.`;
  }
  return undefined;
}
