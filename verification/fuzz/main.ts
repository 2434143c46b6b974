/**
 * `npm run fuzz [-- --seconds 600 --seed 1 --only WORD]`: hostile input for every target in turn. It prints a line per target
 * and, for each input that breaks one, the smallest such input and the seed that repeats it. The exit code is then 1.
 */
import { parseArgs } from 'node:util';
import { fuzz } from './run.ts';
import { targets } from './targets/index.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    only: { type: 'string', default: '' },
  },
});
const chosen = targets.filter(({ name }) => name.includes(values.only));
const seed = Number(values.seed);
const share = (Number(values.seconds) * 1000) / chosen.length;
if (chosen.length === 0 || !Number.isSafeInteger(seed) || !(share > 0)) {
  const names = targets.map(({ name }) => name).join(', ');
  process.stderr.write(`--seconds and --seed take whole numbers, --only a part of a target's name: ${names}\n`);
  process.exit(2);
}

process.stdout.write(`seed ${String(seed)}, ${(share / 1000).toFixed(1)} s for each of ${String(chosen.length)} targets\n`);
let problems = 0;
for (const target of chosen) {
  const { name, runs, problem } = await fuzz(target, seed, share);
  process.stdout.write(`${problem === undefined ? 'held ' : 'BROKE'}  ${name.padEnd(28)} ${String(runs).padStart(9)} inputs\n`);
  if (problem === undefined) continue;
  problems += 1;
  process.stdout.write(`${problem}\nrepeat: npm run fuzz -- --seed ${String(seed)} --only ${name}\n`);
}
process.stdout.write(`${String(problems)} of ${String(chosen.length)} targets broke\n`);
process.exitCode = problems === 0 ? 0 : 1;
