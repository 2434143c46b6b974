import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { isAlive, identityOf, type Identity } from '../process/identity.ts';
import { records } from '../process/records.ts';
import { kafkaAnswers } from './kafka/answers.ts';
import { startInfrastructure, type Infrastructure } from './index.ts';
import { keepAlive } from './keep-alive.ts';
import { removeWithPostgres } from './postgres/folder.ts';

const env = { ...process.env, KAFKA_BROKERS: '', DATABASE_URL: '', HITO_INFRASTRUCTURE: 'embedded' };

const query = async (url: string, sql: string): Promise<Record<string, unknown>[]> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
};
const portOf = (broker: string | undefined): number => Number(broker?.split(':')[1]);

describe('embedded infrastructure', () => {
  let dir: string;
  let first: Infrastructure;
  let second: Infrastructure | undefined;
  const lines: string[] = [];

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'hito-infrastructure-'));
    first = await startInfrastructure({ dir, log: (line) => lines.push(line), env });
  });
  afterAll(async () => {
    await (second ?? first).stop();
    removeWithPostgres(dir);
  });

  test('both speak, and commits are durable', async () => {
    expect(first.kind).toBe('embedded');
    expect(await kafkaAnswers(portOf(first.brokers[0]))).toBe(true);
    const [row] = await query(
      first.adminDatabaseUrl,
      "select current_setting('synchronous_commit') s, current_setting('fsync') f, current_setting('max_connections') m",
    );
    expect(row).toEqual({ s: 'on', f: 'on', m: '200' });
    expect(
      records(dir)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['kafka', 'postgres']);
  });

  test('killed servers come back on their ports with their data', async () => {
    await query(first.adminDatabaseUrl, 'create table kept (n int); insert into kept values (7)');
    const { kafka, postgres } = first;
    if (kafka === undefined || postgres === undefined) throw new Error('embedded servers have handles');
    const before: Identity[] = [kafka.pid, postgres.pid].map((pid) => identityOf(pid) ?? { pid, started: '' });
    await Promise.all([kafka.stop(), postgres.stop()]);
    expect(before.map(isAlive)).toEqual([false, false]);
    await Promise.all([kafka.start(), postgres.start()]);
    expect(await query(first.adminDatabaseUrl, 'select n from kept')).toEqual([{ n: 7 }]);
    expect(await kafkaAnswers(portOf(first.brokers[0]))).toBe(true);
  });

  test('kept alive: killed with -9 they are started again with their data, until the watch ends', async () => {
    const { kafka, postgres } = first;
    if (kafka === undefined || postgres === undefined) throw new Error('embedded servers have handles');
    const letDie = keepAlive(first, (line) => lines.push(line));
    const before = [kafka.pid, postgres.pid];
    for (const pid of before) process.kill(pid, 'SIGKILL');
    while (kafka.pid === before[0] || postgres.pid === before[1] || !(await kafkaAnswers(portOf(first.brokers[0]))))
      await sleep(100);
    await letDie();
    expect(await query(first.adminDatabaseUrl, 'select n from kept')).toEqual([{ n: 7 }]);
    expect(lines).toEqual(expect.arrayContaining(['Kafka died; it is started again', 'Postgres died; it is started again']));
  });

  test('a second start ends what a killed launcher left, and keeps ports and data', async () => {
    const old = records(dir);
    expect(old).toHaveLength(2);
    second = await startInfrastructure({ dir, log: (line) => lines.push(line), env });
    expect(old.map(isAlive)).toEqual([false, false]);
    expect(lines.at(-1)).toContain('kafka, postgres');
    expect(second.brokers).toEqual(first.brokers);
    expect(second.adminDatabaseUrl).toBe(first.adminDatabaseUrl);
    expect(await query(second.adminDatabaseUrl, 'select n from kept')).toEqual([{ n: 7 }]);
    expect(existsSync(join(dir, 'logs', 'kafka.log'))).toBe(true);
  });
});

describe('given servers', () => {
  test.each([
    [{ KAFKA_BROKERS: 'a:1' }, 'DATABASE_URL is not'],
    [{ DATABASE_URL: 'postgres://x' }, 'KAFKA_BROKERS is not'],
  ])('one without the other is refused: %j', async (given, words) => {
    await expect(startInfrastructure({ dir: '/nowhere', log: () => undefined, env: given })).rejects.toThrow(words);
  });

  test('both are taken as they are', async () => {
    const given = await startInfrastructure({
      dir: '/nowhere',
      log: () => undefined,
      env: { KAFKA_BROKERS: 'a:1, b:2', DATABASE_URL: 'postgres://x' },
    });
    expect(given).toMatchObject({ kind: 'given', brokers: ['a:1', 'b:2'], adminDatabaseUrl: 'postgres://x' });
  });
});
