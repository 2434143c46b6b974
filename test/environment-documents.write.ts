import { readFileSync, writeFileSync } from 'node:fs';
import { valuesSchema } from '../verification/chart/values-schema.ts';
import { variablesFile } from '../verification/chart/variables.ts';
import { environmentExample, withEnvironmentTable } from './environment-documents.ts';

// npm run docs:environment, after a change of any variable
writeFileSync('README.md', withEnvironmentTable(readFileSync('README.md', 'utf8')));
writeFileSync('.env.example', environmentExample());
writeFileSync('helm/hito/files/variables.yaml', variablesFile());
writeFileSync('helm/hito/values.schema.json', valuesSchema());
