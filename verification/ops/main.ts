/**
 * `npm run check:ops [-- WORD] [--all]`: checks the files that operators use. It prints a line per check and the problems of those that
 * fail. A check whose tool is missing here is skipped, loudly; with `--all` that is a failure. Last line: `N passed, N failed, N skipped`.
 */
import { parseArgs } from 'node:util';
import { checks } from './checks/index.ts';
import { runCheck } from './run.ts';

const { values, positionals } = parseArgs({ options: { all: { type: 'boolean', default: false } }, allowPositionals: true });
const chosen = checks.filter(({ name }) => positionals.every((word) => name.includes(word)));
const print = (line: string): boolean => process.stdout.write(`${line}\n`);
if (chosen.length === 0) {
  process.stderr.write(`No check has that name. There are: ${checks.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}

const count = { passed: 0, failed: 0, skipped: 0 };
for (const check of chosen) {
  const started = performance.now();
  const result = await runCheck(check);
  const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const as = result.as === 'skipped' && values.all ? 'failed' : result.as;
  count[as] += 1;
  if (result.as === 'skipped')
    print(`SKIPPED  ${check.name}: NOT CHECKED, because this machine lacks ${result.missing.join(' and ')}`);
  else print(`${result.as === 'passed' ? 'passed ' : 'FAILED '}  ${check.name} (${seconds})`);
  if (result.as === 'failed') for (const problem of result.problems) print(problem.replaceAll(/^/gmu, '         '));
}
print(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exitCode = count.failed === 0 ? 0 : 1;
