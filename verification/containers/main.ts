/**
 * `npm run verify:containers [-- WORD] [--keep]`: tries docker-compose.yml and the image with a Docker engine of this machine (Docker with
 * Compose 2.24 or newer). It uses a project and ports of its own and removes them afterwards; `--keep` leaves them for a look. Images that are
 * missing are built or pulled. Where there is no engine it is skipped, loudly; with `--all` that is a failure. Last line: `N held, N did not`.
 */
import { parseArgs } from 'node:util';
import { canTry } from '../tools.ts';
import { Composition } from './composition.ts';
import { needs } from './docker.ts';
import { trials } from './trials/index.ts';

const { values, positionals } = parseArgs({
  options: { keep: { type: 'boolean', default: false }, all: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const chosen = trials.filter(({ name }) => positionals.every((word) => name.includes(word)));
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
if (chosen.length === 0) {
  process.stderr.write(`No trial has that name. There are: ${trials.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}
if (!canTry('verify:containers', needs, values.all)) process.exit();

let held = 0;
for (const trial of chosen) {
  say(`${trial.name}:`);
  const problems = await trial
    .run((line) => {
      say(line.replaceAll(/^/gmu, '  '));
    })
    .catch((error: unknown) => [error instanceof Error ? error.message : String(error)]);
  if (problems.length === 0) held += 1;
  say(problems.length === 0 ? `  holds` : problems.map((problem) => `  DOES NOT HOLD: ${problem}`).join('\n'));
}
if (!values.keep) await new Composition().down({ volumes: true });
say(`${String(held)} held, ${String(chosen.length - held)} did not`);
process.exitCode = held === chosen.length ? 0 : 1;
