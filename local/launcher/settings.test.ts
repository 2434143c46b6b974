import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { services } from '#contracts';
import { chooseInfrastructure } from '../infrastructure/index.ts';
import { portsOf } from '../process/ports.ts';
import { checkSettings } from './check-settings.ts';
import { homeFolder } from './home.ts';
import { Memory } from './memory.ts';
import { servicePlan } from './service-specs.ts';
import { settingsOf } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'hito-settings-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
let n = 0;
let dir: string;
beforeEach(() => {
  n += 1;
  dir = mkdtempSync(join(folder, `${String(n)}-`));
});

/** The same setting, as a value or from a file. */
const spelled = (name: string, value: string): NodeJS.ProcessEnv[] => {
  const file = join(dir, name);
  writeFileSync(file, `${value}\n`);
  return [{ [name]: value }, { [`${name}_FILE`]: file }, { [name]: '', [`${name}_FILE`]: file }];
};
const by = (text: string) =>
  Object.fromEntries(services.map((service) => [service, text])) as Record<(typeof services)[number], string>;
const planned = (env: NodeJS.ProcessEnv) =>
  servicePlan({
    env,
    prefix: 'hito',
    partitions: 4,
    brokers: ['127.0.0.1:9092'],
    databaseUrls: by('postgres://own@db/hito'),
    keys: { signing: 'signing-key-of-the-installation', write: 'write-key', passwords: by('password') },
    playbook: 'playbook.yaml',
    inboxSmtpUrl: 'smtp://127.0.0.1:1025',
    ports: portsOf(mkdtempSync(join(dir, 'ports-')), env),
  });

test('a setting of the launcher counts as a value and from a file alike', async () => {
  for (const env of spelled('HITO_PREFIX', 'other'))
    expect(settingsOf(new Memory(mkdtempSync(join(dir, 'm-'))), env).prefix).toBe('other');
  for (const env of spelled('HITO_PARTITIONS', '7'))
    expect(settingsOf(new Memory(mkdtempSync(join(dir, 'm-'))), env).partitions).toBe(7);
  for (const env of spelled('HITO_INSTANCES', '2')) expect((await planned(env)).specs).toHaveLength(2 * services.length);
  for (const env of spelled('HITO_HOME', join(dir, 'home'))) expect(homeFolder(env)).toBe(join(dir, 'home'));
  const port = await portsOf(dir, {}).take('any');
  for (const env of spelled('HITO_STATUS_PORT', String(port)))
    expect(await portsOf(dir, env).take('status', 'HITO_STATUS_PORT')).toBe(port);
  for (const env of spelled('HITO_INFRASTRUCTURE', 'docker'))
    await expect(chooseInfrastructure({ ...env, PATH: dir })).rejects.toThrow('HITO_INFRASTRUCTURE is docker');
  const [{ HITO_KAFKA_PORT: same } = {}, fromFile] = spelled('HITO_KAFKA_PORT', '4000');
  expect(() => {
    checkSettings({ ...fromFile, HITO_STATUS_PORT: same });
  }).toThrow('both 4000');
});

test('an empty setting of the launcher is one that is not given', async () => {
  const empty = { HITO_PREFIX: '', HITO_PARTITIONS: '', HITO_INSTANCES: '', HITO_HOME: '', HITO_STATUS_PORT: '' };
  expect(settingsOf(new Memory(dir), empty)).toEqual(settingsOf(new Memory(mkdtempSync(join(dir, 'm-'))), {}));
  expect((await planned(empty)).specs).toHaveLength(services.length);
  expect(homeFolder(empty)).toBe(homeFolder({}));
});
