/**
 * `npm run verify:k8s [-- --minutes N --through STEP --keep …]`: the chart in the cluster of kubectl's present context, in a namespace that it makes
 * and removes (`--keep` leaves it). From an empty namespace to a mail, rolling updates, an upgrade, random deaths, rollbacks and the end,
 * while people ask for mails. The nodes must have the images: hito:trial, hito-inbox:trial, apache/kafka:4.1.1, postgres:18. Where there is
 * no cluster it is skipped, loudly; with `--all` that is a failure. Last line: `N held, N did not`.
 */
import { parseArgs } from 'node:util';
import { canTry } from '../tools.ts';
import { Cluster, needs } from './cluster.ts';
import { Desk } from './desk.ts';
import { steps } from './steps/index.ts';

const { values } = parseArgs({
  options: {
    namespace: { type: 'string', default: 'hito-trial' },
    image: { type: 'string', default: 'hito:trial' },
    before: { type: 'string' },
    newer: { type: 'string' },
    inbox: { type: 'string', default: 'hito-inbox:trial' },
    'people-per-second': { type: 'string', default: '2' },
    replicas: { type: 'string', default: '2' },
    minutes: { type: 'string', default: '5' },
    from: { type: 'string' },
    through: { type: 'string', default: 'uninstall' },
    keep: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
  },
});
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const numberOf = (name: string): number => steps.findIndex((step) => step.name === name);
const [first, last] = [numberOf(values.from ?? 'install'), numberOf(values.through)];
if (first < 0 || last < first) {
  process.stderr.write(`--from and --through name steps, in this order: ${steps.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}
if (!canTry('verify:k8s', needs, values.all)) process.exit();

const cluster = new Cluster(values.namespace);
const stage = {
  cluster,
  desk: new Desk(cluster),
  image: values.image,
  before: values.before ?? values.image,
  newer: values.newer,
  inbox: values.inbox,
  peoplePerSecond: Number(values['people-per-second']),
  replicas: Number(values.replicas),
  minutes: Number(values.minutes),
  say: (line: string) => {
    say(line.replaceAll(/^/gmu, '  '));
  },
};
const count = { held: 0, not: 0 };
for (const step of steps.slice(first, last + 1)) {
  say(`${step.name}:`);
  const { problems, broke } = await step.run(stage).then(
    (found) => ({ problems: found, broke: false }),
    (error: unknown) => ({ problems: [error instanceof Error ? error.message : String(error)], broke: true }),
  );
  count[problems.length === 0 ? 'held' : 'not'] += 1;
  say(problems.length === 0 ? '  holds' : problems.map((problem) => `  DOES NOT HOLD: ${problem}`).join('\n'));
  if (!broke) continue;
  for (const what of [['pods'], ['jobs'], ['events', '--field-selector', 'type!=Normal']])
    say(await cluster.kubectl(['get', ...what]).catch((error: unknown) => String(error)));
  break;
}
if (!values.keep) await cluster.kubectl(['delete', 'namespace', values.namespace, '--wait=false', '--ignore-not-found']);
say(`${String(count.held)} held, ${String(count.not)} did not`);
process.exitCode = count.not === 0 ? 0 : 1;
