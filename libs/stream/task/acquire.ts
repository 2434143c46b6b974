import { topicOf } from '#contracts';
import { failPoint } from '../model/fail-point.ts';
import { decodeOutbox } from '../output/outbox.ts';
import type { Ownership } from './ownership.ts';
import { Published } from '../output/published.ts';
import { Publisher } from '../output/publisher.ts';
import { rangeAlarm, slackMs } from '../input/range-alarm.ts';
import type { TaskRow } from '../model/store.ts';
import { loggable } from './suspects.ts';

/**
 * Takes an owned task up: compares its cursors with the log, raises the alarm where they do not fit, and begins to
 * publish and to read. `published` is told of acknowledgements.
 */
export async function takeUp(owned: Ownership, published: () => void): Promise<void> {
  const { context, row, report } = owned;
  const { processor, log, logger } = context;
  failPoint('after-acquire');
  if (row.silent && context.before === undefined)
    throw new Error(
      `lane ${context.lane} has not taken over yet: declare it as the second lane of the one that speaks for ${processor.name}`,
    );
  report.alarm = row.stopped ?? undefined;
  report.held = row.paused ?? undefined;
  if (report.alarm !== undefined) return;
  if (row.stateVersion > processor.version)
    throw new Error(
      `${owned.origin.name} has states of version ${String(row.stateVersion)}, this process knows ${String(processor.version)}: deploy the newer one`,
    );
  report.waitsFor = 'broker';
  const { reach, alarm } = await compared(owned);
  if (alarm !== undefined) {
    await owned.raise(alarm);
    return;
  }
  if (row.recoverFrom !== null) await recover(owned, row.recoverFrom, reach.ends);
  const missing = missingUpgrade(owned);
  if (missing !== undefined) {
    await owned.raise(`${processor.name} has no upgrade from state version ${String(missing)}: deploy a build that has it`);
    return;
  }
  if (owned.suspects.owned(row))
    logger.warn(
      { task: owned.origin.name, ...(row.suspect && loggable(row.suspect.item)), tries: row.suspect?.tries },
      'earlier owners died here: records are tried one by one',
    );
  owned.publish(new Publisher(log, logger, published), decodeOutbox);
  owned.intake.open(reach);
  logger.debug({ task: owned.origin.name, epoch: row.epoch }, 'task taken');
}

/** What the broker knows of the inputs, and why the cursors do not fit it. */
async function compared({ context, row }: Ownership) {
  const { processor, partition, log, group, prefix } = context;
  const topics = processor.inputs.map(({ contract }) => topicOf(prefix, contract));
  const none = new Map<string, number[]>();
  const [starts, ends, committed, later, since] = await Promise.all([
    log.starts(topics),
    log.ends(topics),
    log.committed(group, topics),
    row.committedAt === null ? none : log.firstSince(topics, row.committedAt + slackMs),
    row.confirmed ? log.firstSince(topics, (row.committedAt ?? 0) - slackMs) : none,
  ]);
  const at = (offsets: Map<string, number[]>, topic: string): number => offsets.get(topic)?.[partition] ?? -1;
  const alarms = processor.inputs.map(({ contract }) => {
    const topic = topicOf(prefix, contract);
    const cursor = row.cursors.find((c) => c.topic === contract.name)?.nextOffset;
    const [start, end] = [at(starts, topic), at(ends, topic)];
    return rangeAlarm({ topic, partition, cursor, start, end, committed: at(committed, topic), later: at(later, topic) });
  });
  const alarm = row.confirmed ? undefined : (row.databaseChanged ?? alarms.find((found) => found !== undefined));
  return { reach: { starts, ends, later, since }, alarm };
}

/** Learns what is on the log although the database, which went back, may not know of it. */
async function recover(owned: Ownership, since: number, ends: ReadonlyMap<string, number[]>): Promise<void> {
  const { context } = owned;
  const published = await Published.read(context.log, context, since - slackMs);
  const until = new Map(
    context.processor.inputs.map(({ contract }) => [
      contract.name,
      ends.get(topicOf(context.prefix, contract))?.[context.partition] ?? -1,
    ]),
  );
  owned.recovery = { published, until };
  context.logger.info(
    { task: owned.origin.name, records: published.size },
    'The task takes input again from where its database stands; it publishes nothing that is on the log',
  );
}

/** The first version of the stored states from which no upgrade leads on. */
function missingUpgrade({ context: { processor }, row }: Ownership): TaskRow['stateVersion'] | undefined {
  if (row.stateVersion === 0) return undefined;
  for (let version = row.stateVersion; version < processor.version; version++)
    if (processor.upgrades?.[version] === undefined) return version;
  return undefined;
}
