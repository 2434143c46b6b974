/** A cursor against the log that it is about; offsets. `same`: whether the record before it is the one that was taken; undefined: not known. */
export interface Standing {
  readonly source: string;
  readonly topic: string;
  readonly partition: number;
  readonly next: number;
  readonly start: number;
  readonly end: number;
  readonly cluster: string;
  readonly clusterNow: string;
  readonly same: boolean | undefined;
}

/** Why reading cannot go on from the cursor, and what to do; undefined where it can. A cursor never jumps by itself. */
export function cursorAlarm({
  source,
  topic,
  partition,
  next,
  start,
  end,
  cluster,
  clusterNow,
  same,
}: Standing): string | undefined {
  const where = `source ${source}, ${topic} partition ${String(partition)}`;
  const resume = `\`hito source resume ${source} --topic ${topic} --partition ${String(partition)} --from earliest\` (or latest, or an offset)`;
  if (cluster !== clusterNow)
    return `${where}: the cursor is about the cluster ${cluster}, and this one is ${clusterNow}. Name the former one again, or give ${resume}.`;
  if (next < start)
    return `${where}: retention has overtaken the reader: it stands at ${String(next)}, the topic begins at ${String(start)}; ${String(start - next)} records are lost to it. Accept the loss by ${resume}.`;
  if (next > end)
    return `${where}: the reader stands at ${String(next)}, the topic ends at ${String(end)}: it was made anew, or lost records. Bring it back, or give ${resume}.`;
  if (same === false)
    return `${where}: the record before ${String(next)} is another than the one that was taken: the topic was made anew. Bring it back, or give ${resume}.`;
  return undefined;
}

/** What a topic that was made anew with fewer partitions took along; what was not read of it is lost. */
export const goneAlarm = ({
  source,
  topic,
  partition,
  next,
}: Pick<Standing, 'source' | 'topic' | 'partition' | 'next'>): string =>
  `source ${source}, ${topic} partition ${String(partition)}: the topic has no such partition any more, so it was made anew; the reader stood at ${String(next)}. Bring the topic back, or accept the loss by \`hito source resume ${source} --topic ${topic} --partition ${String(partition)} --from earliest\`: if the partition comes again, it is read from its first record.`;
