import { run } from './run.ts';
import { full, short, withoutFence, withoutSeq } from './scenarios.ts';
import { strikeTable } from './table.ts';

/**
 * `npm run test:kill`: replays the whole history under kills and freezes and says whether all is accounted for. `--seed N` repeats the
 * choices of an earlier run; `--scenario short|without-fence|without-seq` runs another one than the full.
 */
const scenarios = { full, short, 'without-fence': withoutFence, 'without-seq': withoutSeq };
const argument = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const seed = Number(argument('--seed') ?? Date.now() % 1_000_000);
const name = argument('--scenario') ?? 'full';
if (!(name in scenarios)) throw new Error(`--scenario ${name} is not known. Give one of ${Object.keys(scenarios).join(', ')}.`);
say(`seed ${String(seed)} (npm run test:kill -- --seed ${String(seed)} makes the same choices)`);

const result = await run(scenarios[name as keyof typeof scenarios](seed), say);
say(`\n${strikeTable(result.strikes)}`);
say(result.table);
if (result.problems.length === 0) say('everything is accounted for');
else
  say(`NOT as promised (seed ${String(seed)}, logs in ${result.dir}):\n${result.problems.map((line) => `  ${line}`).join('\n')}`);
process.exitCode = result.problems.length === 0 ? 0 : 1;
