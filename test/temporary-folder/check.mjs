import { readdirSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Removes the run's temporary folder. Where a test left something in it, says so and writes it to the file HITO_TEST_LEFTOVERS, which fails
 * `npm test`: each test removes what it made, also when it fails. It does not throw: jest would write no results.
 */
export default function check() {
  const folder = process.env.HITO_JEST_FOLDER;
  if (folder === undefined) return;
  const left = readdirSync(folder).filter((name) => /^(hito|templates)-|history/.test(name));
  rmSync(folder, { recursive: true, force: true });
  if (left.length === 0) return;
  process.stderr.write(
    `Tests left these in the temporary folder: ${left.join(', ')}. Remove them in an afterAll of the test that makes them.\n`,
  );
  if (process.env.HITO_TEST_LEFTOVERS !== undefined) writeFileSync(process.env.HITO_TEST_LEFTOVERS, `${left.join('\n')}\n`);
}
