/**
 * `npm run verify:drills [-- STEP …]`: disasters on a platform of its own (a real Kafka, a real Postgres, the six services, an SMTP server)
 * with the way out that docs/operations.md has. All steps in their order, or those that are named. Last line: `N held, N did not`.
 */
import { Platform } from './platform.ts';
import { steps } from './steps/index.ts';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const wanted = process.argv.slice(2);
const unknown = wanted.filter((word) => !steps.some(({ name }) => name === word));
if (unknown.length > 0) {
  process.stderr.write(`There is no step ${unknown.join(', ')}. Steps: ${steps.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}
const count = { held: 0, not: 0 };
const platform = await Platform.start(say);
try {
  for (const step of steps.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
    say(`${step.name}:`);
    const { figures, problems } = await step.run(platform).catch(async (error: unknown) => ({
      figures: {},
      problems: [error instanceof Error ? error.message : String(error), ...(await platform.alarms().catch(() => []))],
    }));
    for (const [name, figure] of Object.entries(figures)) say(`  ${name}: ${String(figure)}`);
    say(problems.length === 0 ? '  holds' : problems.map((problem) => `  DOES NOT HOLD: ${problem}`).join('\n'));
    count[problems.length === 0 ? 'held' : 'not'] += 1;
  }
} finally {
  await platform.end();
}
say(`${String(count.held)} held, ${String(count.not)} did not`);
process.exitCode = count.not === 0 ? 0 : 1;
