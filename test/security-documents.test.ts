import { globSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { root } from '../local/root.ts';
import { targets } from '../verification/fuzz/targets/index.ts';

/** The rows of docs/security.md: threat, defence, and what shows the defence. */
const rows = readFileSync(`${root}/docs/security.md`, 'utf8')
  .split('\n')
  .filter((line) => /^\| (?!-|threat )/u.test(line))
  .map((line) => line.split(/(?<!\\)\|/u).slice(1, -1));
const files = globSync('{apps,bench,libs,local,services,test,verification}/**/*.{ts,mjs}', { cwd: root });
const fuzzed = new Set(targets.map(({ name }) => name));

/** A path, or the end of one: the rows of a section name a folder once. */
const exists = (path: string): boolean => files.some((file) => file === path || file.endsWith(`/${path}`));

test('each row of docs/security.md has a threat, a defence and what shows it', () => {
  expect(rows.length).toBeGreaterThan(100);
  expect(rows.filter((cells) => cells.length !== 3 || cells.some((cell) => cell.trim() === ''))).toEqual([]);
});

test('each test and fuzz target that docs/security.md names is there', () => {
  const named = rows.flatMap(([, , shows = '']) => [...shows.matchAll(/`([^`]+)`/gu)].map(([, name = '']) => name));
  expect(named.length).toBeGreaterThan(150);
  expect(named.filter((name) => !(/\.(ts|mjs)$/u.test(name) ? exists(name) : fuzzed.has(name)))).toEqual([]);
});

/** Who names the address that each of these calls: the operator, never a caller, a record or a recipient. */
const namedBy: Readonly<Record<string, string>> = {
  'apps/cli/status.ts': 'HITO_SERVICES',
  'apps/cli/try.ts': 'the argument of the command',
  'apps/container/health.ts': 'HITO_INTERNAL_PORT, or the argument of the command',
  'libs/stream/kafka/bearer.ts': 'KAFKA_OAUTH_TOKEN_URL',
  'libs/stream/kafka/topic-reader.ts': 'KAFKA_BROKERS, HITO_SOURCE_CLUSTERS',
  'services/delivery/smtp/connection.ts': 'SMTP_URL, HITO_INBOX_SMTP_URL',
  'services/delivery/smtp/connections.ts': 'SMTP_URL, HITO_INBOX_SMTP_URL',
  'services/delivery/smtp/probe.ts': 'SMTP_URL, HITO_INBOX_SMTP_URL',
};

test('each place that calls an address is listed with the setting that names the address', () => {
  const calls =
    /(?<![.\w])fetch\((?!\n)|(?<![.\w])connect\((?!\)|\n)|\b(?:https?|net|tls)\.(?:request|get|connect)\(|new SMTPConnection\(/u;
  const callers = globSync('{apps/cli,apps/container,libs,services}/**/*.ts', { cwd: root }).filter(
    (file) =>
      !/\.(test|itest|e2e|d)\.ts$|\/testing\/|^libs\/testing/u.test(file) && calls.test(readFileSync(`${root}/${file}`, 'utf8')),
  );
  expect(callers.sort()).toEqual(Object.keys(namedBy).sort());
});
