import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { referenceDocuments } from './reference-documents.ts';

// npm run docs:reference, after a change of a contract or of a route
for (const [path, content] of referenceDocuments()) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
