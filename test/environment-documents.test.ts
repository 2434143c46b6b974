import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { environmentExample, environmentTable, withEnvironmentTable } from './environment-documents.ts';

// Where one of these fails: npm run docs:environment

test('the table in README.md is what the services check', () => {
  const readme = readFileSync('README.md', 'utf8');
  expect(withEnvironmentTable(readme)).toBe(readme);
});

test('.env.example names every variable', () => {
  expect(readFileSync('.env.example', 'utf8')).toBe(environmentExample());
});

test('every variable says what it is for', () => {
  const rows = environmentTable().split('\n').slice(2);
  expect(rows.length).toBeGreaterThan(20);
  for (const row of rows) expect(row).toMatch(/^\| `[A-Z_]+` \| (all|ingestion|delivery) \| .*\| \S.{5,} \|$/);
});
