import { doubles, pace, told } from '../desk.ts';
import { apply } from '../release.ts';
import { secondsOf, type Step } from '../step.ts';

/** How long an older pod has to show that it does not get ready. */
const watched = '--timeout=60s';

/**
 * An upgrade that raises the version of stored states, and a rollback from it: the older pods of that service must not get ready while the
 * newer ones serve. The way out is forward.
 */
export const raised: Step = {
  name: 'raised',
  async run({ cluster, desk, image, newer, replicas, say }) {
    if (newer === undefined) {
      say('NOT TRIED: no image with a raised state version was given (--newer IMAGE)');
      return [];
    }
    await apply(cluster, 'upgrade', { image, replicas, changed: true });
    await cluster.ready();
    await apply(cluster, 'upgrade', { image: newer, replicas, changed: true });
    await cluster.ready();
    await cluster.noneLeaves();
    const { version } = JSON.parse(await cluster.helm('status', '--output', 'json')) as { version: number };
    const from = Date.now();
    await cluster.helm('rollback', String(version - 1), '--timeout', '300s');
    const rolled = await cluster.kubectl(['rollout', 'status', 'deployment/hito-ingestion', watched]).then(
      () => true,
      () => false,
    );
    const to = Date.now();
    await desk.settled();
    say(`${newer} → ${image}, rolled back: the older ingestion ${rolled ? 'got ready' : 'did not get ready'}`);
    say(`meanwhile ${pace(await desk.count(from, to))}`);
    const seconds = await secondsOf(async () => {
      await cluster.helm('rollback', String(version), '--timeout', '300s');
      await cluster.ready();
      await cluster.noneLeaves();
    });
    const count = await desk.settled();
    say(`forward again in ${seconds.toFixed(1)} s; ${told(count)}`);
    return [...doubles(count), ...(rolled ? ['an older version serves on states that it cannot read'] : [])];
  },
};
