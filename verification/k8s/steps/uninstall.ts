import { setTimeout as sleep } from 'node:timers/promises';
import { doubles, told } from '../desk.ts';
import { secondsOf, type Step } from '../step.ts';

/** No one asks any more, all is counted, and `helm uninstall` leaves nothing that runs. */
export const uninstall: Step = {
  name: 'uninstall',
  async run({ cluster, desk, say }) {
    await desk.close();
    const end = await desk.settled();
    const seconds = await secondsOf(async () => {
      await cluster.helm('uninstall');
      await cluster.noneLeaves();
    });
    // As the chart's README says: Helm leaves what its hooks have made.
    await cluster.kubectl(['delete', 'jobs,pods', '--selector', 'app.kubernetes.io/instance=hito']);
    await sleep(10_000);
    const count = await desk.count();
    say(`uninstalled in ${seconds.toFixed(1)} s. ${told(count)}; ${JSON.stringify(count.states)}`);
    const problems = doubles(count);
    if (count.without.length > 0) problems.push(`${String(count.without.length)} people have no mail`);
    if (count.mails !== end.mails) problems.push(`${String(count.mails - end.mails)} mails came after the end`);
    return [...problems, ...(await cluster.left()).map((name) => `helm uninstall has left ${name}`)];
  },
};
