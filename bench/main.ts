/**
 * `npm run bench [-- a b c d e e10]`: measures the parts that are named (all but e10 when none is), prints them and writes
 * docs/performance.md and .json. Ratios within one run, on servers of its own. Smaller for a trial, which leaves the document alone:
 * BENCH_EVENTS (a, d), BENCH_THROUGH (b), BENCH_SECONDS (c); BENCH_RATE spares (c) its (b).
 */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, tmpdir, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { root } from '../local/root.ts';
import { parts, type Figures, type Part, type Results } from './figures.ts';
import { historyReplay } from './history-replay.ts';
import { hotPath, memory, type Servers } from './hot-path.ts';
import { latency } from './latency.ts';
import { startPlatform } from './platform.ts';
import { report, type Machine } from './report.ts';
import { throughput } from './throughput.ts';

const sizes = ['BENCH_EVENTS', 'BENCH_THROUGH', 'BENCH_SECONDS', 'BENCH_RATE'] as const;
const sized = (name: (typeof sizes)[number], standard: number): number => Number(process.env[name] ?? standard);
const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

function chosen(args: readonly string[]): ReadonlySet<Part> {
  const unknown = args.filter((arg) => !parts.includes(arg as Part));
  if (unknown.length > 0) throw new Error(`There is no part ${unknown.join(', ')}. Name some of: ${parts.join(' ')}.`);
  return new Set(args.length > 0 ? (args as Part[]) : parts.filter((part) => part !== 'e10'));
}

function servers(): Servers {
  const { TEST_KAFKA_BROKERS: brokers = '', TEST_DATABASE_URL: databaseUrl = '' } = process.env;
  if (brokers === '' || databaseUrl === '')
    throw new Error('Parts a and d need a broker and a database: start the bench by `npm run bench`.');
  return { brokers: brokers.split(','), databaseUrl };
}

/** (b) and (c) share a platform. */
async function live(wanted: ReadonlySet<Part>): Promise<Pick<Figures, 'b' | 'c'>> {
  const rate = sized('BENCH_RATE', 0);
  say('the platform starts');
  const platform = await startPlatform();
  try {
    const measureB = wanted.has('b') || rate === 0;
    if (measureB) say('(b) events through all six services');
    const b = measureB ? await throughput(platform, sized('BENCH_THROUGH', 150_000), say) : undefined;
    const half = rate > 0 ? rate : ((b?.events ?? 0) / (b?.ms ?? 1)) * 500;
    if (wanted.has('c')) say(`(c) from an event to its mail, beside ${half.toFixed(0)} events/s`);
    const c = wanted.has('c') ? await latency(platform, half, sized('BENCH_SECONDS', 30), say) : undefined;
    return { ...(b && { b }), ...(c && { c }) };
  } finally {
    await platform.stop();
  }
}

async function measured(wanted: ReadonlySet<Part>): Promise<Figures> {
  const events = sized('BENCH_EVENTS', 1_000_000);
  if (wanted.has('a')) say('(a) the hot path');
  const a = wanted.has('a') ? await hotPath(servers(), events, say) : undefined;
  if (wanted.has('d')) say('(d) memory');
  const d = wanted.has('d') ? await memory(servers(), events, a?.[0]?.scoring, say) : undefined;
  const bc = wanted.has('b') || wanted.has('c') ? await live(wanted) : {};
  if (wanted.has('e')) say('(e) the replay');
  const e = wanted.has('e') ? await historyReplay(1, say) : undefined;
  if (wanted.has('e10')) say('(e) the replay of ten times the file');
  const e10 = wanted.has('e10') ? await historyReplay(10, say) : undefined;
  return { ...(a && { a }), ...bc, ...(d && { d }), ...(e && { e }), ...(e10 && { e10 }) };
}

const machine: Machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryBytes: totalmem(),
  system: `${type()} ${release()}`,
  node: process.version,
  load: loadavg()[0] ?? 0,
};
const date = new Date().toISOString().slice(0, 10);
const trial = sizes.some((name) => process.env[name] !== undefined);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const wanted = chosen(process.argv.slice(2));
const figures = await measured(wanted);
const folder = trial ? mkdtempSync(join(tmpdir(), 'hito-performance-')) : join(root, 'docs');
const known = join(folder, 'performance.json');
// Parts that were measured another day stay, with that day.
const earlier = existsSync(known) ? (JSON.parse(readFileSync(known, 'utf8')) as Results) : { figures: {}, dates: {} };
const results: Results = {
  figures: { ...earlier.figures, ...figures },
  dates: { ...earlier.dates, ...Object.fromEntries(Object.keys(figures).map((part) => [part, date])) },
};
const text = report(results, machine, date);
process.stdout.write(text);
writeFileSync(known, `${JSON.stringify(results, undefined, 2)}\n`);
writeFileSync(join(folder, 'performance.md'), text);
say(`written to ${join(folder, 'performance.md')}`);
