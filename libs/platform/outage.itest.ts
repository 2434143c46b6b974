import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { topicOf } from '#contracts';
import { clockRecord, runtimeSchema, stateSchema, type Runtime } from '#stream';
import { connectLog } from '#stream/runtime';
import { kafkaProxy, known, pings, servers, silent, tcpProxy, ToyCluster, toys, until, type Proxy } from '#testing';
import { applyDatabase } from './database.ts';
import { start } from './front.ts';
import { RUNTIME, type RunningService } from './service.ts';

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

const get = async (path: string): Promise<{ status: number; text: string }> => {
  const answer = await fetch(`${app.internalUrl}/health/${path}`, { signal: AbortSignal.timeout(60_000) });
  return { status: answer.status, text: await answer.text() };
};

test('while broker or database are away a service lives, is not ready and says why; afterwards it is ready by itself', async () => {
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

test('a service that cannot write is not ready and names the refusal, until the write goes through', async () => {
  const role = pg.escapeIdentifier(`${cluster.prefix}_ingestion`);
  const readiness = async (expected: number, says: RegExp) => {
    let last = { status: 0, text: '' };
    await until(
      async () => {
        last = await get('ready');
        return last.status === expected && says.test(last.text);
      },
      () => `expected ${String(expected)} ${String(says)}, got ${JSON.stringify(last)}`,
    );
  };
  const ping = (n: number) => ({
    topic: topicOf(cluster.prefix, pings),
    partition: 0,
    key: 'ada',
    value: JSON.stringify({ id: `ping-${String(n)}`, at: new Date().toISOString(), who: 'ada', n }),
  });
  const log = await connectLog({ brokers: [servers().broker], clientId: 'outage-test' }, silent);
  await readiness(200, /./);

  // Set for the role, and its connections made anew, as after a failover to a standby.
  const readOnly = (on: 'on' | 'off') =>
    cluster.query(
      `alter role ${role} set default_transaction_read_only = ${on}; select pg_terminate_backend(pid) from pg_stat_activity where usename = '${cluster.prefix}_ingestion'`,
    );
  await readOnly('on');
  await readiness(503, /PostgreSQL is read-only/);
  await readOnly('off');
  await readiness(200, /./);

  await log.produce([0, 1].map((partition) => ({ ...ping(0), partition, ...clockRecord({ clock: 'live' }) })));
  await cluster.query(
    `create function ${role}.no_room() returns trigger language plpgsql as $$ begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$;
     create trigger no_room before insert or update on ${role}.router_state for each row execute function ${role}.no_room()`,
  );
  await log.produce([ping(1)]);
  await readiness(503, /cannot write: could not extend file: No space left on device/);
  await cluster.query(`drop trigger no_room on ${role}.router_state`);
  await readiness(200, /./);

  const largest = (bytes: number) => log.changeTopic(topicOf(cluster.prefix, known), { 'max.message.bytes': String(bytes) });
  await largest(1);
  await log.produce([ping(2)]);
  await readiness(503, /broker: cannot produce: .*max message size/);
  // A record that is too large says nothing about others.
  const call = (contract: string) => ({ topic: `${cluster.prefix}.${contract}`, key: 'ada', value: { text: 'x' } });
  const caller = app.app.get<Runtime>(RUNTIME);
  await expect(caller.produce([call('known.v1')])).rejects.toThrow('max message size');
  expect((await get('ready')).text).toMatch(/router\/\d: broker: cannot produce/);
  await largest(1_048_588);
  await readiness(200, /./);

  // What outsiders send is tried by nobody again: the refusal ends with the next success, or is forgotten.
  await expect(caller.produce([call('nowhere.v1')])).rejects.toThrow();
  expect(await get('ready')).toMatchObject({ status: 503, text: expect.stringMatching(/broker: cannot produce: \w+/) });
  await caller.produce([call('pings.v1')]);
  expect((await get('ready')).status).toBe(200);
  await log.close();
});
