/**
 * `npm run test:mutants [-- WORD]`: takes one promise out at a time, in a copy of the tree, and runs the test that has to notice.
 * Fails when a suite stays green, when it is not green to begin with, or when a line is no longer there. Pure ones run two at a time;
 * those on real servers need TEST_KAFKA_BROKERS and TEST_DATABASE_URL, run alone, and are named where they cannot run.
 */
import { spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mutant } from './mutant.ts';
import { mutants } from './mutants.ts';

const root = process.cwd();
const limitMs = 240_000;
/** With a line taken out a test may hang: so many times what it takes with the line, and a start. */
const patience = 3;
const startMs = 20_000;
const word = process.argv[2];
const withServers = process.env['TEST_KAFKA_BROKERS'] !== undefined && process.env['TEST_DATABASE_URL'] !== undefined;

function copy(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hito-mutant-'));
  // Where we are root, Postgres runs as a user of its own, and its data lies below.
  chmodSync(dir, 0o755);
  for (const part of [
    'libs',
    'services',
    'apps',
    'local',
    'test',
    'verification',
    'examples',
    'package.json',
    'jest.config.mjs',
    'tsconfig.json',
  ])
    cpSync(join(root, part), join(dir, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  // A property that fails has said enough: its smallest example is of no use here.
  writeFileSync(join(dir, 'at-once.mjs'), "import fc from 'fast-check';\nfc.configureGlobal({ endOnFailure: true });\n");
  return dir;
}

/** How a run ended: `red` when tests failed or hung, `broken` when a suite could not even be loaded, which says nothing. */
type Outcome = 'green' | 'red' | 'broken';

function run(
  dir: string,
  { test, name }: Pick<Mutant, 'test' | 'name'>,
  withinMs = limitMs,
): Promise<{ readonly outcome: Outcome; readonly ms: number }> {
  const started = performance.now();
  const results = join(dir, 'results.json');
  rmSync(results, { force: true });
  const child = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
      '--forceExit',
      '--bail',
      '--runInBand',
      '--json',
      `--outputFile=${results}`,
      '--setupFiles',
      join(dir, 'at-once.mjs'),
      '--rootDir',
      dir,
      ...(name === undefined ? [] : ['-t', name]),
      '--runTestsByPath',
      join(dir, test),
    ],
    { cwd: dir, stdio: 'ignore', env: { ...process.env, TMPDIR: dir } },
  );
  const limit = setTimeout(() => child.kill('SIGKILL'), withinMs);
  return new Promise((resolve) => {
    child.once('exit', () => {
      clearTimeout(limit);
      resolve({ outcome: outcomeOf(results), ms: performance.now() - started });
    });
  });
}

function outcomeOf(results: string): Outcome {
  if (!existsSync(results)) return 'red';
  const counted = JSON.parse(readFileSync(results, 'utf8')) as Record<string, number>;
  if ((counted['numFailedTests'] ?? 0) > 0) return 'red';
  return (counted['numPassedTests'] ?? 0) > 0 && counted['numRuntimeErrorTestSuites'] === 0 ? 'green' : 'broken';
}

const problems: string[] = [];
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const complain = (problem: string, sign: string): void => {
  problems.push(problem);
  say(`${sign}  ${problem}`);
};
let killed = 0;
const baselines = new Map<string, ReturnType<typeof run>>();

async function judge(dir: string, mutant: Mutant): Promise<void> {
  const { promise, file, find, replace, test, name } = mutant;
  const source = readFileSync(join(root, file), 'utf8');
  const times = source.split(find).length - 1;
  if (times !== 1) {
    complain(`${promise}: its line stands ${String(times)} times in ${file}; correct test/mutants/mutants.ts`, '?');
    return;
  }
  const which = `${test} ${name ?? ''}`;
  const baseline = baselines.get(which) ?? run(dir, mutant);
  baselines.set(which, baseline);
  const sound = await baseline;
  if (sound.outcome !== 'green') {
    complain(`${promise}: ${which} is not green without any mutant, or there is no such test`, '?');
    return;
  }
  writeFileSync(
    join(dir, file),
    source.replace(find, () => replace),
  );
  const { outcome, ms } = await run(dir, mutant, startMs + patience * sound.ms);
  writeFileSync(join(dir, file), source);
  if (outcome === 'green') complain(`${promise}: ${test} stays green without it`, '✗');
  else if (outcome === 'broken')
    complain(`${promise}: with its line replaced ${test} cannot be loaded, which shows nothing`, '?');
  else {
    killed++;
    say(`✓  ${promise} (${(ms / 1_000).toFixed(1)} s)`);
  }
}

/** Works a list off with as many copies of the tree as lanes. */
async function inLanes(lanes: number, list: readonly Mutant[]): Promise<void> {
  const queue = [...list];
  await Promise.all(
    Array.from({ length: Math.min(lanes, list.length) }, async () => {
      const dir = copy();
      try {
        for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) await judge(dir, mutant);
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    }),
  );
}

const chosen = mutants.filter(({ promise, file, test }) => word === undefined || `${promise} ${file} ${test}`.includes(word));
const onServers = (mutant: Mutant): boolean => mutant.test.endsWith('.itest.ts');
await inLanes(
  2,
  chosen.filter((mutant) => !onServers(mutant)),
);
if (withServers) await inLanes(1, chosen.filter(onServers));
else for (const { promise } of chosen.filter(onServers)) say(`-  ${promise}: needs TEST_KAFKA_BROKERS and TEST_DATABASE_URL`);
say(`${String(killed)} noticed, ${String(problems.length)} not`);
for (const problem of problems) say(problem);
process.exitCode = problems.length === 0 && killed > 0 ? 0 : 1;
