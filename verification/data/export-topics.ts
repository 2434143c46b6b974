import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../local/root.ts';
import { kpiTopics } from './kpis.ts';

/** Exports the topics of the KPIs to `folder/exports` with `hito export`, as docs/how-to/data.md says. `env` leads to the broker. */
export async function exportTopics(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  mkdirSync(join(folder, 'exports'));
  await Promise.all(
    kpiTopics.map((topic) => {
      const out = join(folder, 'exports', `${topic}.parquet`);
      const command = [join(root, 'dist', 'apps', 'cli', 'main.js'), 'export', topic, '--to', 'parquet', '--out', out];
      return promisify(execFile)(process.execPath, command, { env: { ...env, PATH: process.env['PATH'] } });
    }),
  );
}
