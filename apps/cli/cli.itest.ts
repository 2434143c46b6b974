import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { callId, collected, identified, personId } from '#contracts';
import { start, type ServiceDefinition, type RunningService } from '#platform';
import { emit, processor, runtimeSchema, stateSchema, type Runtime } from '#stream';
import { startInfrastructure, type Infrastructure } from '../../local/infrastructure/index.ts';
import { removeWithPostgres } from '../../local/infrastructure/postgres/folder.ts';
import { clockLive } from './clock-live.ts';
import { databaseApply } from './database-apply.ts';
import { deadLettersList, deadLettersShow } from './dead-letters.ts';
import { read } from './read.ts';
import { status } from './status.ts';
import { changeTask } from './task.ts';
import { topicsApply } from './topics-apply.ts';
import { why } from './why/why.ts';

/** Hands calls on under their person's key; refuses what is called Poison. */
const identity = processor({
  service: 'ingestion',
  name: 'identity',
  version: 1,
  inputs: [{ contract: collected, kind: 'source', dedupe: (call) => call.message_id }],
  outputs: [{ contract: identified, rekeyed: true }],
  decide(state: object | undefined, message) {
    if (message.kind === 'wake') return { state };
    if (message.data.event === 'Poison') return { state, deadLetter: 'poison' };
    const { id: _id, at: _at, ...call } = message.data;
    return { state: {}, emit: [emit(identified, call, personId(call.user_id ?? ''))], tally: { accepted: 1 } };
  },
});

class Tables1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(runtimeSchema);
    await runner.query(stateSchema('identity'));
  }
  down(): Promise<void> {
    return Promise.resolve();
  }
}
const definition: ServiceDefinition = {
  service: 'ingestion',
  processors: () => [{ processor: identity, rules: {}, rulesVersion: '1' }],
  migrations: [Tables1700000000000],
};

const environment = { ...process.env };
let dir: string;
let infrastructure: Infrastructure;
let app: RunningService | undefined;

/** Runs a command and gives what it wrote to stdout. */
async function said(command: () => Promise<void>): Promise<string> {
  const written: string[] = [];
  const spies = [
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => (written.push(String(text)), true)),
    jest.spyOn(process.stderr, 'write').mockImplementation(() => true),
  ];
  try {
    await command();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return written.join('');
}
async function until<T>(what: () => Promise<T | undefined>, ms = 120_000): Promise<T> {
  for (const end = Date.now() + ms; ; await new Promise((resolve) => setTimeout(resolve, 200))) {
    const answer = await what();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error('it did not come about in time');
  }
}
const http = async (path: string): Promise<Response> => fetch(`${app?.internalUrl ?? ''}${path}`);

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hito-cli-'));
  infrastructure = await startInfrastructure({
    dir,
    log: () => undefined,
    env: { ...process.env, KAFKA_BROKERS: '', DATABASE_URL: '', HITO_INFRASTRUCTURE: 'embedded' },
  });
  Object.assign(process.env, {
    KAFKA_BROKERS: infrastructure.brokers.join(','),
    DATABASE_URL: infrastructure.adminDatabaseUrl,
    HITO_PARTITIONS: '3',
    HITO_PREFIX: 'test-cli',
  });
});
afterAll(async () => {
  await app?.close();
  await infrastructure.stop();
  removeWithPostgres(dir);
  process.env = environment;
});

describe('the command line on a new installation', () => {
  const playbook = (): string => {
    const file = join(dir, 'playbook.yaml');
    writeFileSync(
      file,
      'name: test\ndefaults: { zone: Europe/Madrid, locale: es }\nsending: { window: { from: "09:00", to: "20:00" } }\nscoring: { half_life: 30d, bands: [{ id: cold, from: 0 }] }\nstages: { initial: new, names: [new], transitions: [] }\n',
    );
    return file;
  };
  const query = async (text: string): Promise<void> => {
    const client = new pg.Client({ connectionString: infrastructure.adminDatabaseUrl });
    await client.connect();
    await client.query(text).finally(() => client.end());
  };

  test('what is missing is told', async () => {
    await expect(said(() => clockLive())).rejects.toThrow('no topic test-cli.collected.v1');
    await expect(said(() => read('events', { toEnd: true }))).rejects.toThrow('hito topics apply');
    await expect(said(() => why('ada', {}))).rejects.toThrow('hito topics apply');
    process.env['HITO_SERVICES'] = 'http://127.0.0.1:1';
    await expect(said(() => status({}))).rejects.toThrow('No service answers');
    await expect(said(() => changeTask('resume', 'identity', 0))).rejects.toThrow('There is no task identity of partition 0');
  });

  test('topics apply refuses more copies than there are brokers, and makes nothing', async () => {
    await expect(said(() => topicsApply({ replication: 5 }))).rejects.toThrow(
      '--replication 5 asks for more copies of each record than there are brokers; no topic was made',
    );
    await expect(said(() => read('events', { toEnd: true }))).rejects.toThrow('has no topic test-cli.events.v1');
  });

  test('topics apply may run at once and again, and refuses other partitions', async () => {
    const atOnce = await said(async () => {
      await Promise.all([topicsApply({}), topicsApply({}), topicsApply({})]);
    });
    expect(atOnce.match(/^16 topics with 3 partitions each/gm)).toHaveLength(3);
    expect(atOnce).toContain('made test-cli.events.v1');
    expect(await said(() => topicsApply({}))).toContain('0 of them are new');
    process.env['HITO_PARTITIONS'] = '4';
    await expect(said(() => topicsApply({}))).rejects.toThrow(
      'Every topic must have 4 partitions (HITO_PARTITIONS), but test-cli.collected.v1 has 3',
    );
    process.env['HITO_PARTITIONS'] = '3';
  });

  test('database apply may run at once and again with the URLs that services get', async () => {
    const own = new URL(infrastructure.adminDatabaseUrl);
    own.username = 'test_cli_scoring';
    own.password = encodeURIComponent('gi%ven p@ss');
    process.env['DATABASE_URL_SCORING'] = own.href;
    const printed = await said(async () => {
      await Promise.all([databaseApply(), databaseApply(), databaseApply()]);
    });
    delete process.env['DATABASE_URL_SCORING'];
    expect(printed).not.toMatch(/^scoring/m);
    const client = new pg.Client({ connectionString: own.href });
    await client.connect();
    const { rows } = await client.query('select current_schema() as schema').finally(() => client.end());
    expect(rows).toEqual([{ schema: 'test_cli_scoring' }]);
  });

  test('a service started on it becomes ready', async () => {
    const own = new URL(infrastructure.adminDatabaseUrl);
    own.username = 'test_cli_ingestion';
    own.password = 'given';
    const url = own.href;
    process.env['DATABASE_URL_INGESTION'] = url;
    await said(databaseApply);
    delete process.env['DATABASE_URL_INGESTION'];
    app = await start(definition, {
      ...process.env,
      DATABASE_URL: url,
      HITO_PLAYBOOK: playbook(),
      HITO_INTERNAL_PORT: '0',
      HITO_SIGNING_KEY: '0123456789abcdef',
      HITO_LOG_DIR: dir,
    });
    process.env['HITO_SERVICES'] = app.internalUrl;
    await until(async () => ((await http('/health/ready')).status === 200 ? true : undefined));
    const table = await said(() => status({}));
    expect(table).toMatch(/ingestion +identity +0–2 +unset +none yet/);
  });

  test('clock live lets it take what was collected, and read shows it', async () => {
    expect(await said(clockLive)).toContain('is live');
    const at = new Date().toISOString();
    const { RUNTIME } = await import('#platform');
    const call = (name: string, event: string) => ({
      id: callId('s', name),
      source: 's',
      message_id: name,
      type: 'track',
      user_id: 'ada',
      event,
      occurred_at: at,
      at,
    });
    await app?.app.get<Runtime>(RUNTIME).produce([
      { topic: 'test-cli.collected.v1', key: 'ada', value: call('m1', 'Order Completed') },
      { topic: 'test-cli.collected.v1', key: 'ada', value: call('m2', 'Poison') },
    ]);
    const identifiedText = await until(
      async () => (await said(() => read('identified', { toEnd: true, json: true }))).trim() || undefined,
    );
    expect(JSON.parse(identifiedText)).toMatchObject({
      topic: 'identified.v1',
      key: personId('ada'),
      fits: true,
      value: { message_id: 'm1', person_id: personId('ada') },
    });
    const dead = await until(async () => (await said(() => read('ingestion.dead-letters', { toEnd: true }))).trim() || undefined);
    expect(dead).toMatch(/identity refused \S*collected.v1 \d\/\d.*: poison/);
    const sample = /(ingestion\/\d\/\d+)/.exec(await said(() => deadLettersList({})))?.[1] ?? '';
    expect(await said(() => deadLettersShow(sample))).toContain('"message_id": "m2"');
    await expect(said(() => deadLettersShow('ingestion/0/999'))).rejects.toThrow('There is no dead letter ingestion/0/999');
    expect(await said(() => status({}))).toMatch(/ingestion +identity +s +refused +1/);
    expect(await (await http('/metrics')).text()).toMatch(
      /hito_events_total\{result="accepted",processor="identity",partition="\d+",service="ingestion"\} 1/,
    );
    expect(await said(() => status({}))).toMatch(/identity +0–2 +live/);
  });

  test('why knows her by her user id, and nobody else', async () => {
    expect(await said(() => why('ada', {}))).toContain(`Person ${personId('ada')}`);
    await expect(said(() => why('eve', {}))).rejects.toThrow('Nothing is known of eve');
  });

  test('a stopped task goes on after task resume, and with task skip', async () => {
    expect(await said(() => changeTask('resume', 'identity', 1))).toContain('is not stopped');
    for (const verb of ['resume', 'skip'] as const) {
      await query(
        `update "test_cli_ingestion".task set stopped = '5 people''s messages in a row threw, the last with: x', attempts = 9 where processor = 'identity' and partition = 1`,
      );
      expect(await said(() => changeTask(verb, 'identity', 1))).toContain("It had stopped: 5 people's messages in a row threw");
    }
    await expect(said(() => changeTask('skip', 'nobody', 1))).rejects.toThrow('There are tasks of identity');
  });

  test('it stops in good order', async () => {
    await app?.close();
    await expect(fetch(`${process.env['HITO_SERVICES'] ?? ''}/health/live`)).rejects.toThrow();
    app = undefined;
  });
});
