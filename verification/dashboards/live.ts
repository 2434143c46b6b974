import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Installation, type Call } from '../hostile/installation.ts';
import { canTry, type Tool } from '../tools.ts';
import { dashboards } from './index.ts';
import { Prometheus } from './prometheus.ts';
import { withoutVariables } from './promql.ts';

/** Kafka runs on Java; where it is missing, the installation says what to do. */
const needs: readonly Tool[] = [
  { command: 'prometheus', install: 'apt-get install prometheus' },
  { command: 'java', install: 'Java 17 or newer, with Maven' },
  { command: 'mvn', install: 'apt-get install maven' },
];

/** How long a panel may stay empty while events come, ms. */
const patienceMs = 240_000;

interface Asked {
  readonly dashboard: string;
  readonly panel: string;
  readonly expr: string;
  readonly emptyBecause: string | undefined;
  series: number;
}

const asked: Asked[] = dashboards.flatMap(({ uid, panels }) =>
  panels.flatMap(({ title, queries, emptyBecause }) =>
    queries.map(({ expr }) => ({ dashboard: uid, panel: title, expr, emptyBecause, series: 0 })),
  ),
);
const empty = (): Asked[] => asked.filter(({ series, emptyBecause }) => series === 0 && emptyBecause === undefined);

/** People who do what the shop's playbook answers: they register, buy, and ask for a mail at once. */
const callsOf = (round: number): Call[] =>
  Array.from({ length: 8 }, (_, i) => `person-${String(round)}-${String(i)}`).flatMap((userId) => [
    {
      type: 'identify',
      userId,
      traits: {
        email: `${userId}@one.example`,
        locale: 'en',
        timezone: 'Europe/Madrid',
        consents: { tracking: true, marketing: true },
      },
    },
    { type: 'track', userId, event: 'Order Completed', properties: { revenue: 120, currency: 'USD' } },
    { type: 'track', userId, event: 'Password Reset Requested', properties: { reset_url: 'https://shop.example/r' } },
  ]);

async function ask(prometheus: Prometheus): Promise<void> {
  for (const one of asked) {
    const found = await prometheus.query(withoutVariables(one.expr));
    one.series = Math.max(one.series, found.length);
  }
}

/** Runs every panel's query against a real Prometheus that scrapes a live installation; false where one has no data. */
async function main(): Promise<boolean> {
  const hito = await Installation.start({ playbook: 'examples/shop/playbook.yaml' });
  const prometheus = await Prometheus.start(hito.targets());
  try {
    const end = Date.now() + patienceMs;
    for (let round = 0; round < 3 || (empty().length > 0 && Date.now() < end); round++) {
      // One address is refused in each round.
      hito.smtp.plan(`person-${String(round)}-0@one.example`, { kind: 'reply', to: 'rcpt', text: '550 5.1.1 no such user' });
      // The last one names no event: it is refused.
      await hito.send(...callsOf(round), { type: 'track', userId: 'nobody' });
      await sleep(5_000);
      await ask(prometheus);
      process.stdout.write(
        `round ${String(round + 1)}: ${String(empty().length)} of ${String(asked.length)} queries have no data\n`,
      );
    }
  } finally {
    await prometheus.stop();
    await hito.stop();
  }
  for (const { dashboard, panel, series, emptyBecause } of asked) {
    const says = series > 0 ? `${String(series)} series` : emptyBecause === undefined ? 'EMPTY' : `none: ${emptyBecause}`;
    process.stdout.write(`${dashboard.padEnd(14)} ${panel.padEnd(34)} ${says}\n`);
  }
  for (const { dashboard, panel, expr } of empty()) process.stderr.write(`${dashboard}, ${panel} has no data: ${expr}\n`);
  return empty().length === 0;
}

const { values } = parseArgs({ options: { all: { type: 'boolean', default: false } } });
if (canTry('verify:dashboards', needs, values.all)) process.exitCode = (await main()) ? 0 : 1;
