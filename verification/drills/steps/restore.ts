import { join } from 'node:path';
import { type Step } from '../step.ts';
import { until } from '../until.ts';
import { account } from './account.ts';

/** Postgres is lost; the copy of before, at which mails were on their way, takes its place against the Kafka of now. */
export const restore: Step = {
  name: 'restore',
  async run(platform) {
    const copy = join(platform.folder, 'backup');
    await platform.ask(30);
    await platform.mailed();
    await platform.ask(30);
    await platform.primary.backUp(copy);
    await platform.mailed();
    for (let n = 0; n < 6; n++) {
      await platform.ask(20);
      await platform.mailed();
    }
    // What is being taken when the database is lost.
    await platform.ask(40);
    await platform.primary.lose();
    await platform.stopServices();
    const sent = platform.mails;
    await platform.primary.restore(copy);
    platform.beginServices();
    const detected = await until('all senders to stop', async () => {
      const alarms = await platform.alarms();
      return (
        alarms.filter((alarm) => alarm.startsWith('sender/')).length === 3 &&
        alarms.some((alarm) => alarm.startsWith('identity/'))
      );
    });
    const early = platform.mails - sent;
    const started = performance.now();
    await platform.resume();
    await platform.live();
    await platform.ask(20);
    const last = platform.without().slice(-20);
    await until('mails to new people', () => platform.without().every((id) => !last.includes(id)));
    const flowing = Math.round(performance.now() - started) / 1_000;
    await until('every person to be accounted for', async () => (await account(platform)).problems.length === 0).catch(() => 0);
    const { figures, problems } = await account(platform);
    return {
      figures: { ...figures, 'seconds to detect': detected, 'seconds from resume to mails': flowing },
      problems: early > 0 ? [...problems, `${String(early)} mails left before an operator had looked`] : problems,
    };
  },
};
