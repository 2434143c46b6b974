import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../local/root.ts';
import { problemsOf } from '../call.ts';
import type { Check } from '../check.ts';

const filesIn = (folder: string): string[] =>
  readdirSync(join(root, 'deploy/prometheus', folder)).map((file) => join('deploy/prometheus', folder, file));

/** Prometheus takes its configuration and rules; every alert fires where it should, and only there. */
export const prometheusRules: Check = {
  name: 'prometheus-rules',
  needs: [{ command: 'promtool', install: 'apt-get install prometheus' }],
  run: async () => [
    ...(await problemsOf('promtool', ['check', 'config', '--syntax-only', 'deploy/prometheus/prometheus.yml'], root)),
    ...(await problemsOf('promtool', ['check', 'rules', ...filesIn('rules')], root)),
    ...(await problemsOf('promtool', ['test', 'rules', ...filesIn('tests')], root)),
  ],
};
