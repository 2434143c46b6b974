import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { copies } from './copies.ts';
import { chart, goldenOf, renderSize, sizes } from './render.ts';
import { valuesSchema } from './values-schema.ts';
import { variablesFile } from './variables.ts';

// npm run chart: after a change of a variable, topic, consumer group, dashboard, rule, template or values file. Renders need helm 4.
writeFileSync(`${chart}/files/variables.yaml`, variablesFile());
writeFileSync(`${chart}/values.schema.json`, valuesSchema());
for (const { to, text } of copies()) {
  mkdirSync(to.replace(/\/[^/]+$/, ''), { recursive: true });
  writeFileSync(to, text);
}
process.stdout.write(`${readdirSync(`${chart}/files`).join(', ')}\n`);
if (process.argv.includes('--renders')) for (const size of sizes) writeFileSync(goldenOf(size), renderSize(size));
