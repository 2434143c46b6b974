/**
 * `npm run test:mutants [-- WORD]`: takes one promise out at a time, in a copy of the tree, and runs the test that has to notice.
 * Fails when a suite stays green, when it is not green to begin with, or when a line is no longer there. Pure ones run two at a time;
 * those on real servers need TEST_KAFKA_BROKERS and TEST_DATABASE_URL, run alone, and are named where they cannot run.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mutants, type Mutant } from './mutants.ts';

const root = process.cwd();
const limitMs = 120_000;
const word = process.argv[2];
const withServers = process.env['TEST_KAFKA_BROKERS'] !== undefined && process.env['TEST_DATABASE_URL'] !== undefined;

function copy(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hito-mutant-'));
  for (const part of ['libs', 'services', 'examples', 'package.json', 'jest.config.mjs', 'tsconfig.json'])
    cpSync(join(root, part), join(dir, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
  // A property that fails has said enough: its smallest example is of no use here.
  writeFileSync(join(dir, 'at-once.mjs'), "import fc from 'fast-check';\nfc.configureGlobal({ endOnFailure: true });\n");
  return dir;
}

/** True: the test is green. One that hangs is not. */
function green(dir: string, { test, name }: Pick<Mutant, 'test' | 'name'>): Promise<boolean> {
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const child = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      jest,
      '--forceExit',
      '--bail',
      '--runInBand',
      '--setupFiles',
      join(dir, 'at-once.mjs'),
      '--rootDir',
      dir,
      ...(name === undefined ? [] : ['-t', name]),
      '--runTestsByPath',
      join(dir, test),
    ],
    { cwd: dir, stdio: 'ignore' },
  );
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      clearTimeout(limit);
      resolve(code === 0);
    });
  });
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
const baselines = new Map<string, Promise<boolean>>();

async function judge(dir: string, mutant: Mutant): Promise<void> {
  const { promise, file, find, replace, test, name } = mutant;
  const source = readFileSync(join(root, file), 'utf8');
  const times = source.split(find).length - 1;
  if (times !== 1) {
    complain(`${promise}: its line stands ${String(times)} times in ${file}; correct test/mutants/mutants.ts`, '?');
    return;
  }
  const which = `${test} ${name ?? ''}`;
  const sound = baselines.get(which) ?? green(dir, mutant);
  baselines.set(which, sound);
  if (!(await sound)) {
    complain(`${promise}: ${which} is not green without any mutant, or there is no such test`, '?');
    return;
  }
  writeFileSync(
    join(dir, file),
    source.replace(find, () => replace),
  );
  const started = performance.now();
  const survived = await green(dir, mutant);
  writeFileSync(join(dir, file), source);
  if (survived) complain(`${promise}: ${test} stays green without it`, '✗');
  else {
    killed++;
    say(`✓  ${promise} (${((performance.now() - started) / 1_000).toFixed(1)} s)`);
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
