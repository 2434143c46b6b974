import { writeFileSync } from 'node:fs';
import { fileOf, grafanaJson } from './grafana.ts';
import { dashboards } from './index.ts';

// npm run docs:dashboards, after a change of any dashboard
for (const spec of dashboards) writeFileSync(fileOf(spec), grafanaJson(spec));
