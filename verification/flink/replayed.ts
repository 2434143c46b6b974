import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log, Topics } from '#stream';
import { scrape, type Series } from '../../test/kill/metrics.ts';
import { Patience } from '../../test/kill/patience.ts';
import { visit } from '../../test/kill/readers.ts';
import { begun } from '../../test/kill/run.ts';
import { Kpis, kills } from './flink.ts';

/** The metrics with the same numbers, summed over processes and categories: by play, and of churn by `all`. */
function told(series: readonly Series[]): Record<string, object> {
  const sum = (metric: string, labels: Readonly<Record<string, string>>): number =>
    series
      .filter((one) => one.metric === metric && Object.entries(labels).every(([name, value]) => one.labels[name] === value))
      .reduce((all, { value }) => all + value, 0);
  const plays = [...new Set(series.flatMap(({ metric, labels }) => (metric === 'hito_mails_total' ? [labels['play']] : [])))];
  const rates = plays.toSorted().flatMap((play = ''): [string, object][] => {
    const accepted = sum('hito_mails_total', { play, outcome: 'accepted' });
    const [opened, clicked] = ['hito_opens_total', 'hito_clicks_total'].map((metric) => sum(metric, { play, verdict: 'human' }));
    return accepted === 0 ? [] : [[play, { play, accepted, opened, clicked }]];
  });
  const churn = { name: 'all', churned: sum('hito_churned_total', {}), returned: sum('hito_returned_total', {}) };
  return { ...Object.fromEntries(rates), all: churn };
}

/** A part of the example is replayed while the TaskManager dies, then mails are opened and clicked: the KPIs are what /metrics of the services say. */
export async function replayed(log: Log & Topics, broker: string): Promise<boolean> {
  const platform = await begun({ part: { nth: 24 }, partitions: 4, aheadTicks: 64, patches: [] });
  const { system } = platform;
  const patience = new Patience(180_000, 15 * 60_000);
  try {
    // Before the services: a job is compiled while little else runs.
    const kpis = await Kpis.start(log, broker, String(system.environments.get('delivery-1')?.['HITO_PREFIX']));
    try {
      await system.start(platform.specs);
      const over = system.replay(patience).then(() => system.summary(patience));
      for (let n = 1; n <= kills; n += 1) {
        await kpis.kill();
        process.stdout.write(`kill ${String(n)} of ${String(kills)}, the replay is at ${system.progress().virtual}\n`);
      }
      const { summary, failures } = await over;
      await visit(join(system.dir, 'inbox'));
      let [right, now] = ['', ''];
      const isRight = (): boolean => now === right && right.includes('"opened":1') && right.includes('"clicked":1');
      for (const end = Date.now() + 180_000; Date.now() < end && !isRight(); await sleep(1_000)) {
        const metrics = told(await scrape(system.instances));
        right = JSON.stringify(metrics);
        now = JSON.stringify(Object.fromEntries(Object.keys(metrics).map((name) => [name, kpis.rows[name]])));
      }
      process.stdout.write(
        `${String(summary.persons)} people, ${String(summary.mails.accepted)} mails accepted: Flink says ${now}\n`,
      );
      if (!isRight()) process.stderr.write(`/metrics say ${right}\n${kpis.said()}\n`);
      if (failures.length > 0) process.stderr.write(`${failures.join('\n')}\n`);
      return isRight() && failures.length === 0;
    } finally {
      await kpis.stop();
    }
  } finally {
    patience.end();
    await platform.end();
    rmSync(platform.dir, { recursive: true, force: true });
  }
}
