import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { portsOf } from '../../../local/process/ports.ts';
import { copyWal } from '../backup.ts';
import { Database } from '../database.ts';
import { type Step } from '../step.ts';
import { until } from '../until.ts';
import { account } from './account.ts';

/** A standby that is behind is promoted while mails go: the transactions of some seconds, which were answered, are lost. */
export const failover: Step = {
  name: 'failover',
  async run(platform) {
    const copy = join(platform.folder, 'standby-copy');
    const dir = join(platform.folder, 'standby-keys');
    mkdirSync(dir);
    await platform.primary.backUp(copy);
    await platform.ask(20);
    await platform.mailed();
    // The standby has been given the log so far, and no more.
    await platform.rows('select pg_switch_wal()');
    copyWal(platform.primary.cluster, copy);
    writeFileSync(join(copy, 'standby.signal'), '');
    const standby = await Database.start(dir, join(platform.folder, 'standby'), await portsOf(dir).take('postgres'), {
      copy,
      dir: join(platform.folder, 'servers'),
    });
    for (let n = 0; n < 4; n++) {
      await platform.ask(20);
      await platform.mailed();
    }
    await platform.ask(40);
    await platform.primary.lose();
    platform.promoteTo(standby);
    await platform.rows('select pg_promote(true)');
    const sent = platform.mails;
    // A task that lost nothing goes on; one that did stops at its next transaction, which may be after the first resume.
    const detected = await until('a sender to stop', async () =>
      (await platform.alarms()).some((alarm) => alarm.startsWith('sender/')),
    );
    const early = platform.mails - sent;
    const started = performance.now();
    await platform.resume();
    await platform.ask(20);
    const last = platform.without().slice(-20);
    await until('mails to new people', async () => {
      if ((await platform.alarms()).length > 0) await platform.resume();
      return platform.without().every((id) => !last.includes(id));
    });
    const flowing = Math.round(performance.now() - started) / 1_000;
    await until('every person to be accounted for', async () => (await account(platform)).problems.length === 0).catch(() => 0);
    const { figures, problems } = await account(platform);
    return {
      figures: {
        ...figures,
        'mails after the promotion, before resume': early,
        'seconds to detect': detected,
        'seconds from resume to mails': flowing,
      },
      problems,
    };
  },
};
