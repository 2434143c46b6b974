import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Memory } from './launcher/memory.ts';
import { records } from './process/records.ts';
import { root } from './root.ts';
import { start } from './testing/started.ts';

/** `npm start` with settings that will not do: it ends at once, says what to set, and has started and made nothing. */
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hito-refused-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function refused(home: string, env: NodeJS.ProcessEnv, ...args: string[]): Promise<string> {
  const own = { KAFKA_BROKERS: '', DATABASE_URL: '', HITO_HOME: home, DOCKER_HOST: 'tcp://127.0.0.1:1', DOCKER_CONTEXT: '' };
  const started = start({ ...own, ...env }, 'start.js', ...args);
  expect(await started.ended).toBe(1);
  expect(started.said()).not.toContain('    at ');
  return started.said();
}

test.each<[NodeJS.ProcessEnv, string]>([
  [{ HITO_INFRASTRUCTURE: 'podman' }, 'HITO_INFRASTRUCTURE is "podman", which will not do: embedded'],
  [{ HITO_INSTANCES: '0' }, 'HITO_INSTANCES is "0"'],
  [{ HITO_PREFIX: 'My Shop' }, 'HITO_PREFIX is "My Shop"'],
  [{ SMTP_URL: 'smtp://' }, 'SMTP_URL'],
])('start with %j ends with 1 before it makes its folder', async (env, words) => {
  const home = join(folder, 'unmade');
  expect(await refused(home, env)).toContain(words);
  expect(existsSync(home)).toBe(false);
});

test('start by Docker without an engine ends with 1 and starts no server', async () => {
  const home = join(folder, 'docker');
  const said = await refused(home, { HITO_INFRASTRUCTURE: 'docker' }, '--no-replay');
  expect(said).toContain('HITO_INFRASTRUCTURE is docker, but no Docker engine answers');
  expect(said).not.toContain('Kafka and Postgres\n');
  expect(records(home)).toEqual([]);
});

test('start --help prints its flags, ends with 0, and makes no folder', async () => {
  const home = join(folder, 'helped');
  const started = start({ HITO_HOME: home, HITO_INSTANCES: '0' }, 'start.js', '--help');
  expect(await started.ended).toBe(0);
  for (const flag of ['--once', '--fresh', '--history', '--until', '--playbook', '--no-replay', '--help'])
    expect(started.said()).toContain(flag);
  expect(existsSync(home)).toBe(false);
});

describe('a start with a playbook whose', () => {
  const shop = (change: (folder: string) => void): string => {
    const copy = mkdtempSync(join(folder, 'shop-'));
    cpSync(join(root, 'examples', 'shop'), copy, { recursive: true });
    change(copy);
    return join(copy, 'playbook.yaml');
  };
  const edit = (file: string, from: string | RegExp, to: string): void => {
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(from);
    writeFileSync(file, text.replace(from, to));
  };

  test.each<[string, (folder: string) => void, RegExp, string[]]>([
    [
      'template is broken',
      (copy) => edit(join(copy, 'templates', 'anniversary.es.mjml.liquid'), /$/, '{% if %}'),
      /anniversary\.es\.mjml/,
      [],
    ],
    [
      'condition compares a number with a text',
      (copy) => edit(join(copy, 'playbook.yaml'), /where: [^,\n}]+/, `where: 'properties.revenue >= "fifty"'`),
      /playbook\.yaml:\d+: .*fifty|playbook\.yaml:\d+: .*revenue/,
      ['--fresh'],
    ],
  ])('%s ends with 1 before any server starts, and is not remembered', async (_, change, words, flags) => {
    const home = mkdtempSync(join(folder, 'home-'));
    const said = await refused(home, { HITO_INFRASTRUCTURE: 'embedded' }, '--playbook', shop(change), ...flags);
    expect(said).toMatch(words);
    expect(said).not.toContain('Kafka and Postgres\n');
    expect(records(home)).toEqual([]);
    expect(new Memory(home).now.playbook).toBeUndefined();
  });
});

test('a playbook that cannot be used ends a start with 1 and starts no server', async () => {
  const home = join(folder, 'playbook');
  expect(await refused(home, { HITO_INFRASTRUCTURE: 'embedded' }, '--playbook', '/no/such.yaml')).toContain('/no/such.yaml');
  expect(records(home)).toEqual([]);
});

test('a start warns where its playbook lets links lead anywhere, and only there', async () => {
  const copy = mkdtempSync(join(folder, 'anywhere-'));
  cpSync(join(root, 'examples', 'shop'), copy, { recursive: true });
  const file = join(copy, 'playbook.yaml');
  const said = (): Promise<string> =>
    refused(join(folder, 'warned'), { HITO_INFRASTRUCTURE: 'docker' }, '--no-replay', '--playbook', file);
  expect(await said()).not.toContain('WARNING');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^links:.*\n(?: .*\n)*/m, ''));
  expect(await said()).toMatch(
    /^WARNING: links of mails may lead ANYWHERE: whoever has a public write key .* links: \{ hosts: /m,
  );
});
