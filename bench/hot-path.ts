import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { contracts, events, profiles, scores } from '#contracts';
import { topicSpecs } from '#platform';
import type { Log } from '#stream';
import { connectLog, deleteTopics } from '#stream/runtime';
import { serviceNode } from '../local/launcher/service-specs.ts';
import { fill, type Load } from './fill.ts';
import { perSecond, type HotPath, type Memory, type Pass } from './figures.ts';
import { profileFolder, type Step } from './profile.ts';

const partitions = 12;
/** The machine may be busy with something else for a while: it is measured more than once, by turns. */
const passes = 3;
const few = 100_000;
const many = 1_000_000;

/** Where parts (a) and (d) run: a broker and a database of their own. */
export interface Servers {
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
}

const logger = { debug: () => undefined, info: () => undefined, warn: console.error, error: console.error };

async function withLog<Result>({ brokers }: Servers, work: (log: Log) => Promise<Result>): Promise<Result> {
  const log = await connectLog({ brokers, clientId: 'bench' }, logger);
  try {
    return await work(log);
  } finally {
    await log.close();
  }
}

/** Topics of their own, filled; says under which prefix. */
async function prepared(log: Log, name: string, load: Load, say: (line: string) => void): Promise<string> {
  const prefix = `bench${name}${String(Date.now() % 1e6)}`;
  const wanted = contracts.filter((c) => [events, profiles, scores].includes(c as never) || c.name === 'scoring.dead-letters.v1');
  await log.createTopics(topicSpecs(wanted, prefix, partitions));
  const before = performance.now();
  await fill(log, prefix, partitions, load);
  say(
    `  ${name}: ${String(load.events)} events of ${String(load.people)} people written in ${((performance.now() - before) / 1_000).toFixed(0)} s`,
  );
  return prefix;
}

/** One program in a process of its own, so that neither warms up nor burdens the other. */
function measure(
  program: 'raw' | 'scoring',
  { brokers, databaseUrl }: Servers,
  prefix: string,
  expected: number,
  node: readonly string[] = [],
): Promise<Pass> {
  const config = JSON.stringify({ brokers, databaseUrl, prefix, partitions, expected });
  const file = fileURLToPath(new URL(`./${program}.js`, import.meta.url));
  const child = spawn(process.execPath, [...serviceNode, ...node, file, config], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code !== 0) {
        reject(new Error(`bench/${program} ended with ${String(code)}; its error stands above.`));
        return;
      }
      const { records, ms, cpuMs, rssBytes } = JSON.parse(text) as Pass;
      resolve({ records, ms, cpuMs, rssBytes });
    });
  });
}

async function profiled(servers: Servers, prefix: string, count: number): Promise<Step[]> {
  const profile = profileFolder();
  await measure('scoring', servers, prefix, count, ['--cpu-prof', `--cpu-prof-dir=${profile.dir}`]);
  return profile.steps();
}

const median = (of: readonly Pass[]): Pass =>
  of.toSorted((a, b) => perSecond(a) - perSecond(b))[Math.floor(of.length / 2)] as Pass;

/** Raw and scoring by turns; scoring begins anew each time. */
async function byTurns(
  servers: Servers,
  prefix: string,
  count: number,
  say: (line: string) => void,
): Promise<Pick<HotPath, 'raw' | 'scoring' | 'ratios'>> {
  const raws: Pass[] = [];
  const scorings: Pass[] = [];
  for (let pass = 0; pass < passes; pass++) {
    const raw = await measure('raw', servers, prefix, count);
    await deleteTopics({ brokers: servers.brokers, clientId: 'bench' }, [], (group) => group === `${prefix}.scoring`);
    const scoring = await measure('scoring', servers, prefix, count);
    say(`  raw ${raw.ms.toFixed(0)} ms, scoring ${scoring.ms.toFixed(0)} ms`);
    raws.push(raw);
    scorings.push(scoring);
  }
  const ratios = scorings.map((scoring, n) => perSecond(scoring) / perSecond(raws[n] as Pass)).toSorted((a, b) => a - b);
  return { raw: median(raws), scoring: median(scorings), ratios };
}

/** (a): a bare consumer against the scoring processor, on a topic of everyone alike and on one where few people do most. */
export const hotPath = (servers: Servers, count: number, say: (line: string) => void): Promise<HotPath[]> =>
  withLog(servers, async (log) => {
    const results: HotPath[] = [];
    for (const [i, { name, ...load }] of [
      { name: 'uniform', events: count, people: few, skewed: false },
      { name: 'skewed', events: count, people: 10_000, skewed: true },
    ].entries()) {
      const prefix = await prepared(log, name, load, say);
      const pair = {
        load: `${name}, ${load.people.toLocaleString('en')} people`,
        ...(await byTurns(servers, prefix, load.events, say)),
      };
      results.push(
        i === 0 ? { ...pair, steps: await profiled(servers, await prepared(log, 'profiled', load, say), count) } : pair,
      );
    }
    return results;
  });

/** (d): the scoring process' memory after as many events of ten times as many people. `known`: what (a) has measured already. */
export const memory = (servers: Servers, count: number, known: Pass | undefined, say: (line: string) => void): Promise<Memory> =>
  withLog(servers, async (log) => {
    const after = async (name: string, people: number): Promise<Pass> => {
      const load = { events: count, people, skewed: false };
      return measure('scoring', servers, await prepared(log, name, load, say), count);
    };
    const small = known ?? (await after('few', few));
    const large = await after('many', many);
    return {
      fewPeople: Math.min(few, count),
      fewBytes: small.rssBytes,
      manyPeople: Math.min(many, count),
      manyBytes: large.rssBytes,
    };
  });
