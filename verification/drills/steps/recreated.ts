import { connectLog, deleteTopics } from '#stream/runtime';
import { type Step } from '../step.ts';
import { until } from '../until.ts';
import { account } from './account.ts';

const topic = 'hito.collected.v1';
const quiet = (): void => undefined;
const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** The topic of calls is lost and made anew while nothing runs; people call again before anybody has looked. */
export const recreated: Step = {
  name: 'recreated',
  async run(platform) {
    await platform.ask(60);
    await platform.mailed((await account(platform)).figures['in doubt']);
    await platform.stopServices();
    const kafka = { brokers: [platform.brokers], clientId: 'drill' };
    await deleteTopics(kafka, [topic], () => false);
    const log = await connectLog(kafka, logger);
    await until('the topic to go', async () => (await log.partitionCounts([topic])).size === 0);
    await log.createTopics([{ topic, partitions: 3, replication: 1, config: {} }]);
    await log.close();
    platform.beginServices();
    const detected = await until('identity to stop', async () => {
      const alarms = await platform.alarms();
      return alarms.filter((alarm) => alarm.startsWith('identity/') && alarm.includes('made anew')).length > 0;
    });
    await platform.ask(10);
    const started = performance.now();
    await platform.resume();
    await platform.live();
    await until('mails to those who called meanwhile', async () => (await account(platform)).problems.length === 0).catch(
      () => 0,
    );
    const { figures, problems } = await account(platform);
    return {
      figures: {
        ...figures,
        'seconds to detect': detected,
        'seconds from resume to mails': Math.round(performance.now() - started) / 1_000,
      },
      problems,
    };
  },
};
