import { doubles, pace, told } from '../desk.ts';
import { apply } from '../release.ts';
import { secondsOf, type Step } from '../step.ts';

/** Under load: more pods per service, a changed playbook and, where one was given, a newer image. */
export const upgrade: Step = {
  name: 'upgrade',
  async run({ cluster, desk, image, before, replicas, say }) {
    const from = Date.now();
    const seconds = await secondsOf(async () => {
      await apply(cluster, 'upgrade', { image, replicas, changed: true });
      await cluster.ready();
      await cluster.noneLeaves();
    });
    const to = Date.now();
    await desk.settled();
    const count = await desk.count(from, to);
    say(
      `${before} → ${image}, one pod of each → ${String(replicas)}, another playbook in ${seconds.toFixed(1)} s: ${pace(count)}`,
    );
    const settled = await desk.settled();
    say(
      `${told(settled)}; mails good for 1 h: ${String(settled.validHours['1'] ?? 0)}, for 2 h: ${String(settled.validHours['2'] ?? 0)}`,
    );
    const other = (settled.validHours['2'] ?? 0) > 0 ? [] : ['no mail was decided by the changed playbook'];
    return [...doubles(settled), ...other];
  },
};
