/**
 * `npm run test:mutants [-- WORD]`: takes one promise of the runtime out at a time, in a copy of the tree, and runs the test that has
 * to notice. Fails when a suite stays green, when it is not green to begin with, or when a line is no longer there. Those on real
 * servers need TEST_KAFKA_BROKERS and TEST_DATABASE_URL and are named where they cannot run.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mutants, type Mutant } from './mutants.ts';

const root = process.cwd();
const limitMs = 90_000;
const word = process.argv[2];
const withServers = process.env['TEST_KAFKA_BROKERS'] !== undefined && process.env['TEST_DATABASE_URL'] !== undefined;

function copy(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hito-mutant-'));
  for (const part of ['libs', 'package.json', 'jest.config.mjs', 'tsconfig.json'])
    cpSync(join(root, part), join(dir, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
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
      '--rootDir',
      dir,
      ...(name === undefined ? [] : ['-t', name]),
      test,
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

const dir = copy();
const problems: string[] = [];
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
let killed = 0;
const baselines = new Map<string, boolean>();
try {
  for (const mutant of mutants) {
    const { promise, file, find, replace, test, name } = mutant;
    if (word !== undefined && !`${promise} ${test}`.includes(word)) continue;
    if (test.endsWith('.itest.ts') && !withServers) {
      say(`-  ${promise}: needs TEST_KAFKA_BROKERS and TEST_DATABASE_URL`);
      continue;
    }
    const source = readFileSync(join(root, file), 'utf8');
    if (source.split(find).length !== 2) {
      problems.push(
        `${promise}: its line stands ${String(source.split(find).length - 1)} times in ${file}; correct test/mutants/mutants.ts`,
      );
      say(`?  ${problems.at(-1) ?? ''}`);
      continue;
    }
    const which = `${test} ${name ?? ''}`;
    let sound = baselines.get(which);
    if (sound === undefined) baselines.set(which, (sound = await green(dir, mutant)));
    if (!sound) {
      problems.push(`${which} is not green without any mutant`);
      say(`?  ${problems.at(-1) ?? ''}`);
      continue;
    }
    writeFileSync(
      join(dir, file),
      source.replace(find, () => replace),
    );
    const survived = await green(dir, mutant);
    writeFileSync(join(dir, file), source);
    if (survived) problems.push(`${promise}: ${test} stays green without it`);
    else killed++;
    say(`${survived ? '✗' : '✓'}  ${promise}`);
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
say(`${String(killed)} noticed, ${String(problems.length)} not`);
for (const problem of problems) say(problem);
process.exitCode = problems.length === 0 && killed > 0 ? 0 : 1;
