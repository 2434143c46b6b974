import { services } from '#contracts';
import { doubles, pace, told } from '../desk.ts';
import { secondsOf, type Step } from '../step.ts';

/** Each Deployment rolls under load: the seconds for which mails wait. */
export const rolls: Step = {
  name: 'rolls',
  async run({ cluster, desk, say }) {
    for (const service of services) {
      const from = Date.now();
      const seconds = await secondsOf(async () => {
        await cluster.roll(service);
        await cluster.noneLeaves();
      });
      const to = Date.now();
      await desk.settled();
      say(`${service} rolled in ${seconds.toFixed(1)} s: ${pace(await desk.count(from, to))}`);
    }
    const count = await desk.settled();
    say(told(count));
    return doubles(count);
  },
};
