import { collected, topicOf } from '#contracts';
import { clockRecord } from '#stream';
import { withLog } from './installation.ts';
import { partitionsOf } from './read-to-end.ts';

/** Tells every partition of `collected` that time is the real one from here on. Telling it twice changes nothing. */
export async function clockLive(): Promise<void> {
  await withLog(async ({ log, prefix }) => {
    const topic = topicOf(prefix, collected);
    const partitions = await partitionsOf(log, topic);
    await log.produce(
      Array.from({ length: partitions }, (_, partition) => ({ topic, partition, ...clockRecord({ clock: 'live' }) })),
    );
    process.stdout.write(`The clock of ${topic} is live.\n`);
  });
}
