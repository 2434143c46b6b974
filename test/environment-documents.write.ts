import { readFileSync, writeFileSync } from 'node:fs';
import { environmentExample, withEnvironmentTable } from './environment-documents.ts';

// npm run docs:environment, after a change of any variable
writeFileSync('README.md', withEnvironmentTable(readFileSync('README.md', 'utf8')));
writeFileSync('.env.example', environmentExample());
