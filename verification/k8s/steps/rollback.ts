import { doubles, pace, told } from '../desk.ts';
import { secondsOf, type Step } from '../step.ts';

/** `helm rollback` under load: the first playbook, image and number of pods again; then `helm test`. */
export const rollback: Step = {
  name: 'rollback',
  async run({ cluster, desk, say }) {
    const from = Date.now();
    const seconds = await secondsOf(async () => {
      await cluster.helm('rollback', '1', '--timeout', '300s');
      await cluster.ready();
      await cluster.noneLeaves();
    });
    const to = Date.now();
    await desk.settled();
    say(`rolled back in ${seconds.toFixed(1)} s: ${pace(await desk.count(from, to))}`);
    const was = (await desk.settled()).validHours;
    const tested = await secondsOf(() => cluster.helm('test', '--timeout', '180s'));
    say(`helm test passes in ${tested.toFixed(1)} s`);
    const count = await desk.settled();
    say(told(count));
    const grown = (hours: string): number => (count.validHours[hours] ?? 0) - (was[hours] ?? 0);
    const changed = grown('2') > 0 || grown('1') === 0 ? ['mails are still decided by the changed playbook'] : [];
    return [...doubles(count), ...changed];
  },
};
