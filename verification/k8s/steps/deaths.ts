import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { doubles, pace, told } from '../desk.ts';
import { secondsOf, type Step } from '../step.ts';

/** Pods are deleted at random under load, half of them without time to stop. */
export const deaths: Step = {
  name: 'deaths',
  async run({ cluster, desk, minutes, say }) {
    const from = Date.now();
    const died = { orderly: 0, killed: 0 };
    while (Date.now() - from < minutes * 60_000) {
      const pods = await cluster.pods();
      const pod = pods[randomInt(pods.length)] ?? '';
      const orderly = randomInt(2) === 0;
      died[orderly ? 'orderly' : 'killed'] += 1;
      await cluster.kubectl([
        'delete',
        pod,
        '--wait=false',
        '--ignore-not-found',
        ...(orderly ? [] : ['--grace-period=0', '--force']),
      ]);
      await sleep(randomInt(5_000, 15_000));
    }
    const to = Date.now();
    const recovery = await secondsOf(() => cluster.ready());
    await desk.settled();
    say(
      `${String(died.orderly)} pods stopped and ${String(died.killed)} killed in ${String(minutes)} minutes; all ready ${recovery.toFixed(1)} s later`,
    );
    say(pace(await desk.count(from, to)));
    const count = await desk.settled();
    say(told(count));
    return doubles(count);
  },
};
