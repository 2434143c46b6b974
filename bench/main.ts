import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { contracts, events, profiles, scores, topicOf } from '#contracts';
import { connectLog } from '#stream';
import { topicSpecs } from '#platform';
import { fill, type Load } from './fill.ts';

/** `npm run bench`: ratios within one run, beside a broker and a database of its own on this machine. */
const brokers = (process.env['TEST_KAFKA_BROKERS'] ?? '').split(',');
const databaseUrl = process.env['TEST_DATABASE_URL'] ?? '';
const partitions = 12;
const count = Number(process.env['BENCH_EVENTS'] ?? 1_000_000);
const loads: readonly (Load & { readonly name: string })[] = [
  { name: 'uniform', events: count, people: 100_000, skewed: false },
  { name: 'skewed', events: count, people: 10_000, skewed: true },
];

interface Figures {
  readonly records: number;
  readonly ms: number;
  readonly cpuMs: number;
  readonly rssBytes: number;
}

const logger = { debug: () => undefined, info: () => undefined, warn: console.error, error: console.error };
const log = await connectLog({ brokers, clientId: 'bench' }, logger);

function measure(program: string, prefix: string, expected: number): Promise<Figures> {
  const config = JSON.stringify({ brokers, databaseUrl, prefix, partitions, expected });
  const child = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', ...process.execArgv, fileURLToPath(new URL(`./${program}.js`, import.meta.url)), config], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => { code === 0 ? resolve(JSON.parse(text) as Figures) : reject(new Error(`${program} ended with ${String(code)}`)); });
  });
}

for (const load of loads) {
  const prefix = `bench${load.name}${String(Date.now() % 1e6)}`;
  await log.createTopics(topicSpecs(contracts.filter((c) => [events, profiles, scores].includes(c as never) || c.name === 'scoring.dead-letters.v1'), prefix, partitions));
  const before = performance.now();
  await fill(log, prefix, partitions, load);
  console.log(`${load.name}: ${String(load.events)} events of ${String(load.people)} people written in ${((performance.now() - before) / 1_000).toFixed(0)} s to ${topicOf(prefix, events)}`);
  const raw = await measure('raw', prefix, load.events);
  const scoring = await measure('scoring', prefix, load.events);
  const rate = ({ records, ms }: Figures): number => (records / ms) * 1_000;
  const row = ({ records, ms, cpuMs, rssBytes }: Figures): string =>
    `${((records / ms) * 1_000).toFixed(0)} events/s, ${((cpuMs * 1_000) / records).toFixed(1)} µs CPU an event, ${(rssBytes / 1e6).toFixed(0)} MB`;
  console.log(`  raw      ${row(raw)}\n  scoring  ${row(scoring)}\n  ratio    ${(rate(scoring) / rate(raw)).toFixed(2)}`);
}
await log.close();
