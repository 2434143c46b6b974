import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runtimeSchema, stateSchema } from '#stream';
import { kafkaProxy, servers, tcpProxy, ToyCluster, toys, until, type Proxy } from '#testing';
import { applyDatabase } from './database.ts';
import { start } from './front.ts';
import type { RunningService } from './service.ts';

const playbook = `name: test
defaults: { zone: Europe/Madrid, locale: es }
sending: { window: { from: "09:00", to: "20:00" } }
scoring: { half_life: 30d, bands: [{ id: cold, from: 0 }] }
stages: { initial: new, names: [new], transitions: [] }
`;

let cluster: ToyCluster;
let database: Proxy;
let broker: Proxy;
let app: RunningService;

class ToyTables1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${runtimeSchema} ${toys.map(({ processor }) => stateSchema(processor.name)).join('')}`);
  }
  async down(): Promise<void> {
    // Its schema goes with the test.
  }
}

let folder: string;
beforeEach(async () => {
  const url = new URL(servers().databaseUrl);
  [database, broker] = await Promise.all([tcpProxy(url.hostname, Number(url.port)), kafkaProxy(servers().broker)]);
  cluster = await new ToyCluster(2).start({ databasePort: database.port, brokerPort: broker.port });
  folder = mkdtempSync(join(tmpdir(), 'hito-outage-'));
  writeFileSync(join(folder, 'playbook.yaml'), playbook);
  const { urls } = await applyDatabase(servers().databaseUrl, { services: ['ingestion'], prefix: cluster.prefix });
  const own = new URL(urls['ingestion'] ?? '');
  own.port = String(database.port);
  app = await start(
    { service: 'ingestion', processors: () => toys, migrations: [ToyTables1700000000001] },
    {
      ...cluster.addresses,
      DATABASE_URL: own.href,
      HITO_PREFIX: cluster.prefix,
      HITO_PARTITIONS: '2',
      HITO_PLAYBOOK: join(folder, 'playbook.yaml'),
      HITO_INTERNAL_PORT: '0',
      HITO_SIGNING_KEY: '0123456789abcdef',
      HITO_LOG_DIR: folder,
    },
  );
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await app.close();
  const role = pg.escapeIdentifier(`${cluster.prefix}_ingestion`);
  await cluster.query(`drop schema ${role} cascade; drop owned by ${role}; drop role ${role}`);
  await cluster.stop();
  await Promise.all([database.close(), broker.close()]);
});

test('while broker or database are away a service lives, is not ready and says why; afterwards it is ready by itself', async () => {
  const get = async (path: string): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`${app.internalUrl}/health/${path}`, { signal: AbortSignal.timeout(60_000) });
    return { status: answer.status, text: await answer.text() };
  };
  const lived: number[] = [];
  let last = { status: 0, text: '' };
  const ready = (expected: number, says = /./) =>
    until(
      async () => {
        lived.push((await get('live')).status);
        last = await get('ready');
        return last.status === expected && says.test(last.text);
      },
      () => `expected ${String(expected)} ${String(says)}, got ${JSON.stringify(last)}`,
    );
  await ready(200);
  for (const [proxy, name] of [
    [database, /database/],
    [broker, /broker/],
  ] as const) {
    proxy.away = true;
    await ready(503, name);
    proxy.away = false;
    await ready(200);
  }
  expect(new Set(lived)).toEqual(new Set([200]));
  expect((await get('started')).status).toBe(200);
});
