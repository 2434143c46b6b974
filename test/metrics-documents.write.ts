import { writeFileSync } from 'node:fs';
import { metricsPage } from './metrics-documents.ts';

// npm run docs:metrics, after a change of any metric
writeFileSync('docs/reference/metrics.md', metricsPage());
