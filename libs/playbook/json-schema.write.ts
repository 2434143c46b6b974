import { writeFileSync } from 'node:fs';
import { playbookJsonSchema } from './json-schema.ts';

// node --conditions=source libs/playbook/json-schema.write.ts, after a change of schema.ts
writeFileSync(
  new URL('../../examples/shop/playbook.schema.json', import.meta.url),
  `${JSON.stringify(playbookJsonSchema(), undefined, 2)}\n`,
);
