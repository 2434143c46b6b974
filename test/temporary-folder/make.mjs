import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives one run of tests a temporary folder of its own, so that `check.mjs` sees what its tests left there. */
export default function make() {
  const folder = mkdtempSync(join(tmpdir(), 'hito-jest-'));
  // Started by root, Postgres runs as another user: it must reach its data below.
  chmodSync(folder, 0o711);
  process.env.HITO_JEST_FOLDER = folder;
  process.env.TMPDIR = folder;
}
