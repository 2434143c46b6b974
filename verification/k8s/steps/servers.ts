import { doubles, pace, told } from '../desk.ts';
import { secondsOf, type Step } from '../step.ts';

/** Every process of this name gets SIGKILL, from inside of the pod. */
const killAll = (name: string): string =>
  `for p in /proc/[0-9]*; do read -r n < "$p/comm" && [ "$n" = ${name} ] && kill -9 "\${p#/proc/}"; done; true`;

/** Kafka and Postgres die by SIGKILL under load, one after the other, and start again with their data. */
export const servers: Step = {
  name: 'servers',
  async run({ cluster, desk, say }) {
    for (const [server, program] of [
      ['kafka', 'java'],
      ['postgres', 'postgres'],
    ] as const) {
      const restarts = (): Promise<string> =>
        cluster.kubectl(['get', 'pods', '--selector', `app=${server}`, '--output', 'jsonpath={..restartCount}']);
      const before = await restarts();
      const from = Date.now();
      // The command dies with its container.
      await cluster.kubectl(['exec', `deployment/${server}`, '--', 'bash', '-c', killAll(program)]).catch(() => undefined);
      const seconds = await secondsOf(async () => {
        while ((await restarts()) === before) continue;
        await cluster.kubectl(['rollout', 'status', 'deployment', server, '--timeout=180s']);
        await cluster.ready();
      });
      const to = Date.now();
      await desk.settled();
      say(`${server} killed, all ready ${seconds.toFixed(1)} s later: ${pace(await desk.count(from, to))}`);
    }
    const count = await desk.settled();
    say(told(count));
    return doubles(count);
  },
};
