import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { homeFolder } from './launcher/home.ts';
import { lockHolder } from './launcher/lock.ts';
import { gone, signalTo } from './process/end.ts';
import { endLeftovers, graceOfAll } from './process/records.ts';

/** Beyond what the processes may take: Kafka and Postgres write down what they hold. */
const moreMs = 90_000;

/** `npm stop`: asks the launcher to end all in good order and waits; ends itself what a killed launcher left running. */
const dir = homeFolder();
const launcher = lockHolder(dir);
if (launcher !== undefined) {
  process.stdout.write(`stopping (process ${String(launcher.pid)})\n`);
  const patienceMs = graceOfAll(dir) + moreMs;
  signalTo(launcher, 'SIGTERM');
  if (!(await gone(launcher, patienceMs))) {
    process.stderr.write(
      `It has not ended after ${String(patienceMs / 1000)} s. Its logs: ${join(dir, 'logs')}; to force it: kill -9 ${String(launcher.pid)}, then \`npm stop\` again.\n`,
    );
    process.exit(1);
  }
}
const ended = existsSync(dir) ? await endLeftovers(dir) : [];
if (ended.length > 0) process.stdout.write(`ended what an earlier start left running: ${ended.join(', ')}\n`);
process.stdout.write(launcher === undefined && ended.length === 0 ? 'nothing is running\n' : 'stopped\n');
