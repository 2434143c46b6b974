import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { runtimeSchema } from '#stream';
import { PostgresStore } from '#stream/runtime';
import { silent } from '#testing';
import { portsOf } from '../../local/process/ports.ts';
import { copyWal } from './backup.ts';
import { Database } from './database.ts';

const folder = mkdtempSync(join(tmpdir(), 'hito-promotion-'));
chmodSync(folder, 0o755);
const databases: Database[] = [];
afterAll(async () => {
  for (const database of databases) await database.stop();
  rmSync(folder, { recursive: true, force: true });
});
const place = (name: string): string => {
  const dir = join(folder, name);
  mkdirSync(dir);
  return dir;
};

test('the first task that is taken after a promotion knows of it', async () => {
  const [dir, copy, standbyDir] = [place('keys'), join(folder, 'copy'), place('standby-keys')];
  const primary = await Database.start(dir, place('primary'), await portsOf(dir).take('postgres'));
  databases.push(primary);
  const admin = new pg.Client({ connectionString: primary.url });
  await admin.connect();
  await admin.query(runtimeSchema);
  const before = new PostgresStore(primary.url, silent, 2);
  await before.acquire('toy', 0);
  await before.close();
  await primary.backUp(copy);
  // The standby replays these, so that the checkpoint which follows its promotion has work, as on a busy database.
  await admin.query("create table busy as select g, repeat('x', 500) as x from generate_series(1, 20000) g");
  await admin.query('select pg_switch_wal()');
  await admin.end();
  copyWal(primary.cluster, copy);
  writeFileSync(join(copy, 'standby.signal'), '');
  const standby = await Database.start(standbyDir, join(folder, 'standby'), await portsOf(standbyDir).take('postgres'), {
    copy,
    dir,
  });
  databases.push(standby);
  await primary.lose();
  const after = new PostgresStore(standby.url, silent, 2);
  await after.query('select pg_promote(true)');
  const { databaseChanged, elsewhere } = await after.acquire('toy', 0);
  await after.close();
  expect(databaseChanged).toMatch(/timeline 2\) is not the one the task last ran on \(\d+, 1\)/);
  expect(elsewhere).toBe(true);
}, 120_000);
