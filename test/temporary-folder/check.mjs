import { readdirSync, rmSync } from 'node:fs';

/** Removes the run's temporary folder. Throws where a test left something in it: each test removes what it made, also when it fails. */
export default function check() {
  const folder = process.env.HITO_JEST_FOLDER;
  if (folder === undefined) return;
  const left = readdirSync(folder).filter((name) => /^(hito|templates)-|history/.test(name));
  rmSync(folder, { recursive: true, force: true });
  if (left.length > 0)
    throw new Error(
      `Tests left these in the temporary folder: ${left.join(', ')}. Remove them in an afterAll of the test that makes them.`,
    );
}
