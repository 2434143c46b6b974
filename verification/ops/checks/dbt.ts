import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../../local/root.ts';
import { writeMadeUp } from '../../data/made-up.ts';
import { problemsOf } from '../call.ts';
import type { Check } from '../check.ts';

/** dbt can run deploy/sql over exported topics: it finds every model, in an order that works. */
export const dbt: Check = {
  name: 'dbt',
  needs: [{ command: 'dbt', install: "pip install 'dbt-core<2' 'dbt-duckdb<2'" }],
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hito-dbt-'));
    try {
      writeMadeUp(folder);
      const project = join(root, 'deploy', 'sql');
      const places = ['--project-dir', project, '--profiles-dir', project, '--target-path', join(folder, 'target')];
      return await problemsOf('dbt', ['--log-path', join(folder, 'logs'), 'run', ...places], folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
