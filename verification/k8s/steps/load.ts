import { setTimeout as sleep } from 'node:timers/promises';
import { services } from '#contracts';
import type { Cluster } from '../cluster.ts';
import { doubles, pace, told } from '../desk.ts';
import type { Step } from '../step.ts';

const forS = 30;

/** People begin to ask for mails. Memory and CPU of each pod while they do. */
export const load: Step = {
  name: 'load',
  async run({ cluster, desk, image, peoplePerSecond, say }) {
    await desk.open(image, peoplePerSecond);
    await sleep(10_000);
    const before = await used(cluster);
    const from = Date.now();
    await sleep(forS * 1_000);
    const seconds = (Date.now() - from) / 1_000;
    const after = await used(cluster);
    const to = Date.now();
    const count = await desk.settled();
    say(`${String(peoplePerSecond)} people a second, four records each: ${pace(await desk.count(from, to))}`);
    for (const service of services) {
      const [was, is] = [before[service], after[service]];
      if (was === undefined || is === undefined) continue;
      say(
        `${service}: ${Math.round(is.bytes / 1e6).toString()} MB, ${Math.round(((is.cpu - was.cpu) / seconds) * 1_000).toString()} mCPU`,
      );
    }
    say(told(count));
    return doubles(count);
  },
};

interface Used {
  /** Resident memory of the largest pod, bytes. */
  readonly bytes: number;
  /** CPU seconds of all pods since their start. */
  readonly cpu: number;
}

/** What the pods of each service have used, by their own metrics. */
async function used(cluster: Cluster): Promise<Readonly<Record<string, Used>>> {
  const all = await Promise.all(
    services.map(async (service) => {
      const texts = await Promise.all(
        (await cluster.pods(service)).map((pod) =>
          cluster.kubectl([
            'get',
            '--raw',
            `/api/v1/namespaces/${cluster.namespace}/pods/${pod.replace('pod/', '')}:8081/proxy/metrics`,
          ]),
        ),
      );
      const values = (name: string): number[] =>
        texts.map((text) => Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'mu').exec(text)?.[1] ?? 0));
      const cpu = values('process_cpu_seconds_total').reduce((a, b) => a + b, 0);
      return [service, { bytes: Math.max(...values('process_resident_memory_bytes')), cpu }] as const;
    }),
  );
  return Object.fromEntries(all);
}
