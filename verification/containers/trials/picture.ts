import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { services } from '#contracts';
import { root } from '../../../local/root.ts';
import { addresses, Composition, lasting, missingImage } from '../composition.ts';
import { askForMail, keyOf, mailsTo, until } from '../person.ts';
import type { Trial } from '../trial.ts';

const firstMailWithinS = 30;

/** From nothing to a mail and the dashboards by one command, and the same again after `down` and `up`. */
export const picture: Trial = {
  name: 'picture',
  async run(say) {
    const composition = new Composition();
    const problems: string[] = [];
    const observability: string[] = [];
    for (const name of ['prometheus', 'grafana']) {
      const missing = await missingImage(name);
      if (missing === undefined) observability.push(name);
      else say(`NOT TRIED: ${name}, because the engine cannot have its image (${missing})`);
    }
    await composition.down({ volumes: true });
    const started = performance.now();
    const seconds = (): number => (performance.now() - started) / 1_000;
    // Asked for as soon as ingestion answers: the engine looks at a container's health every few seconds only.
    const mailed = firstMail(composition).then((key) => ({ key, afterS: seconds() }));
    const [upAfter, { key, afterS }] = await Promise.all([composition.up([...lasting, ...observability]), mailed]);
    say(`first mail after ${afterS.toFixed(1)} s, all healthy after ${upAfter.toFixed(1)} s (load of the machine: ${load()})`);
    if (afterS > firstMailWithinS)
      problems.push(`the first mail came ${afterS.toFixed(1)} s after up; ${String(firstMailWithinS)} s are promised`);
    if (observability.includes('prometheus')) problems.push(...(await scrapes(say)));
    if (observability.includes('grafana')) problems.push(...(await provisions(say)));

    await composition.down({ volumes: false });
    say(`up again in ${(await composition.up([...lasting, ...observability])).toFixed(1)} s`);
    const second = await askForMail('second', keyOf(await composition.secret('write-keys')));
    await until("the second person's mail", async () => (await mailsTo(second)).count > 0);
    const { count } = await mailsTo();
    if (count !== 2) problems.push(`${String(count)} mails after down and up, expected the first person's and the second's`);
    if (keyOf(await composition.secret('write-keys')) !== key) problems.push('the write key has changed');
    return problems;
  },
};

/** The machine's load over the last minute: this much work for its cores. */
const load = (): string => `${(loadavg()[0] ?? 0).toFixed(1)} on ${String(availableParallelism())} cores`;

/** Waits until the write key is there, asks for a mail with it, and waits for that mail. Gives the key. */
async function firstMail(composition: Composition): Promise<string> {
  let key = '';
  await until('the write key', async () => {
    key = keyOf(await composition.secret('write-keys'));
    return true;
  });
  const email = await askForMail('first', key);
  await until("the first person's mail", async () => (await mailsTo(email)).count > 0);
  return key;
}

async function get<T>(url: string): Promise<T> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${url} answers ${String(answer.status)}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Every target is up, and Prometheus evaluates each rule of deploy/prometheus/rules. */
async function scrapes(say: (line: string) => void): Promise<string[]> {
  interface Targets {
    readonly data: { readonly activeTargets: readonly { readonly scrapeUrl: string; readonly health: string }[] };
  }
  interface Rules {
    readonly data: {
      readonly groups: readonly { readonly rules: readonly { readonly name: string; readonly health: string }[] }[];
    };
  }
  const targets = async (): Promise<Targets['data']['activeTargets']> =>
    (await get<Targets>(`${addresses.prometheus}/api/v1/targets?state=active`)).data.activeTargets;
  const rules = async (): Promise<Rules['data']['groups'][number]['rules']> =>
    (await get<Rules>(`${addresses.prometheus}/api/v1/rules`)).data.groups.flatMap((group) => group.rules);
  await until('Prometheus scrapes every service', async () => {
    const all = await targets();
    return all.length >= services.length && all.every(({ health }) => health === 'up');
  });
  await until('Prometheus evaluates every rule', async () => (await rules()).every(({ health }) => health === 'ok'));
  const folder = join(root, 'deploy', 'prometheus', 'rules');
  const written = readdirSync(folder)
    .flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(/^\s*- (?:alert|record): (\S+)/gmu)])
    .map(([, name]) => name);
  const loaded = (await rules()).map(({ name }) => name);
  say(`Prometheus: ${String((await targets()).length)} targets up, ${String(loaded.length)} rules evaluated`);
  return written.length === loaded.length
    ? []
    : [`${String(loaded.length)} rules are loaded, ${String(written.length)} are written`];
}

/** Grafana has every dashboard of deploy/grafana/dashboards, and its data source answers. */
async function provisions(say: (line: string) => void): Promise<string[]> {
  const folder = join(root, 'deploy', 'grafana', 'dashboards');
  const written = readdirSync(folder).map(
    (file) => (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { uid: string }).uid,
  );
  await until('Grafana answers', async () => (await fetch(`${addresses.grafana}/api/health`)).ok);
  const there = (await get<{ uid: string }[]>(`${addresses.grafana}/api/search?type=dash-db`)).map(({ uid }) => uid);
  say(`Grafana: ${String(there.length)} dashboards`);
  return written.filter((uid) => !there.includes(uid)).map((uid) => `Grafana has no dashboard ${uid}`);
}
