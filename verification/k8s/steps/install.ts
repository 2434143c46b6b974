import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { services } from '#contracts';
import { root } from '../../../local/root.ts';
import type { Cluster } from '../cluster.ts';
import { apply } from '../release.ts';
import { secondsOf, type Step } from '../step.ts';

const withinS = 90;
const random = (): string => randomBytes(16).toString('hex');

/** The load of the machine that runs this, over the last minute. */
const load = (): string => `load of this machine ${(loadavg()[0] ?? 0).toFixed(0)} on ${String(availableParallelism())} cores`;

/** From an empty namespace to the first mail: servers, Secrets, `helm install`, `helm test`. */
export const install: Step = {
  name: 'install',
  async run({ cluster, before, inbox, say }) {
    await cluster.kubectl(['create', 'namespace', cluster.namespace]);
    const parts: string[] = [];
    const part = async (name: string, what: () => Promise<unknown>): Promise<void> => {
      parts.push(`${name} ${(await secondsOf(what)).toFixed(1)} s`);
    };
    const all = await secondsOf(async () => {
      await secrets(cluster);
      await part('Kafka, Postgres and inbox ready', async () => {
        const servers = readFileSync(join(root, 'verification/k8s/servers.yaml'), 'utf8').replace('hito-inbox:trial', inbox);
        await cluster.kubectl(['apply', '--filename', '-'], servers);
        await cluster.kubectl(['rollout', 'status', 'deployment', 'kafka', 'postgres', 'inbox', '--timeout=180s']);
      });
      // From here on nothing but what Kubernetes calls restricted is let in.
      await cluster.kubectl(['label', 'namespace', cluster.namespace, 'pod-security.kubernetes.io/enforce=restricted']);
      await part('helm install with its setup Job', () =>
        apply(cluster, 'install', { image: before, replicas: 1, changed: false }),
      );
      await part('six Deployments ready', () => cluster.ready());
      await part('helm test', async () => {
        say(
          (await cluster.helm('test', '--logs', '--timeout', '180s'))
            .split('\n')
            .filter((line) => / after .* s$/u.test(line))
            .join('\n'),
        );
      });
    });
    say(`from an empty namespace to a mail in ${all.toFixed(1)} s (${parts.join(', ')}); ${load()}`);
    return all <= withinS ? [] : [`it took ${all.toFixed(1)} s; ${String(withinS)} s are promised`];
  },
};

/** Passwords and keys as an administrator makes them. */
async function secrets(cluster: Cluster): Promise<void> {
  const secret = (name: string, values: Readonly<Record<string, string>>): Promise<string> =>
    cluster.kubectl(
      ['apply', '--filename', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: values }),
    );
  const admin = random();
  const url = (role: string, password: string): string => `postgres://${role}:${password}@postgres:5432/hito`;
  await secret('postgres', { password: admin });
  await secret('hito-database', {
    admin: url('postgres', admin),
    ...Object.fromEntries(services.map((service) => [service, url(`hito_${service}`, random())])),
  });
  await secret('hito', {
    'signing-key': random() + random(),
    'write-keys': `trial:${random()}`,
    'smtp-url': 'smtp://inbox:2525',
  });
}
