import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { callId, collected, contracts, identified, messages, personId, services, topicOf } from '#contracts';
import { RUNTIME, start, type ServiceDefinition, type RunningService } from '#platform';
import { emit, processor, runtimeSchema, stateSchema, type Runtime } from '#stream';
import { deleteTopics } from '#stream/runtime';
import { once, servers } from '#testing';
import { dropFromDatabase, schemaOf } from '../../local/launcher/database.ts';
import { clockLive } from './clock-live.ts';
import { databaseApply } from './database-apply.ts';
import { offsets } from './offsets.ts';
import { deadLettersList, deadLettersShow } from './dead-letters.ts';
import { withLog } from './installation.ts';
import { exportTopic } from './export/export.ts';
import { read } from './read.ts';
import { replayFrom } from './replay.ts';
import { status } from './status.ts';
import { changeTask } from './task.ts';
import { topicsApply } from './topics-apply.ts';
import { topicsPlan } from './topics-plan.ts';
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

/** Ends the way of a call: a replay waits for its watermarks. */
const orchestration = processor({
  service: 'orchestration',
  name: 'orchestration',
  version: 1,
  inputs: [{ contract: identified, kind: 'ordered' }],
  outputs: [{ contract: messages }],
  decide: (state: object | undefined) => ({ state }),
});

class Tables1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(runtimeSchema);
    await runner.query(stateSchema('identity'));
    await runner.query(stateSchema('orchestration'));
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

const wholeWay: ServiceDefinition = {
  ...definition,
  processors: () => [identity, orchestration].map((one) => ({ processor: one, rules: {}, rulesVersion: '1' })),
};

const environment = { ...process.env };
const { broker, databaseUrl } = servers();
const prefix = 'test-cli';
/** Where nobody made topics. */
const bare = 'test-cli-bare';
/** Where a replay may go. */
const trial = 'test-cli-trial';
let dir: string;
let app: RunningService | undefined;
let serviceEnvironment: NodeJS.ProcessEnv = {};

/** Runs a command and gives what it wrote to its two outputs. */
async function both(command: () => Promise<void>): Promise<Record<'stdout' | 'stderr', string>> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    jest.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text);
      return true;
    }),
  );
  try {
    await command();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return written;
}
const said = async (command: () => Promise<void>): Promise<string> => (await both(command)).stdout;
const told = async (command: () => Promise<void>): Promise<string> => (await both(command)).stderr;
async function until<T>(what: () => Promise<T | undefined>, ms = 120_000): Promise<T> {
  for (const end = Date.now() + ms; ; await new Promise((resolve) => setTimeout(resolve, 200))) {
    const answer = await what();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error('it did not come about in time');
  }
}
const at = new Date().toISOString();
const call = (name: string, event: string) => ({
  id: callId('s', name),
  source: 's',
  message_id: name,
  type: 'track',
  user_id: 'ada',
  event,
  occurred_at: at,
  moment: at,
  moment_source: 'claimed',
  at,
});
const http = async (path: string): Promise<Response> => fetch(`${app?.internalUrl ?? ''}${path}`);

/** Works while a variable is another. */
async function whileSet<T>(name: string, value: string, work: () => Promise<T>): Promise<T> {
  const before = process.env[name];
  process.env[name] = value;
  try {
    return await work();
  } finally {
    if (before === undefined) Reflect.deleteProperty(process.env, name);
    else Object.assign(process.env, { [name]: before });
  }
}
/** Deletes what these tests make on servers that others use too. */
async function clean(): Promise<void> {
  const made = [prefix, trial].flatMap((one) => contracts.map((contract) => topicOf(one, contract)));
  await deleteTopics({ brokers: [broker], clientId: 'cli-test' }, made, (group) => /^test-cli(-trial)?\./.test(group));
  const schemas = [prefix, trial].flatMap((one) => services.map((service) => schemaOf(one, service)));
  await dropFromDatabase(databaseUrl, { schemas, emptied: [], roles: schemas });
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hito-cli-'));
  Object.assign(process.env, { KAFKA_BROKERS: broker, DATABASE_URL: databaseUrl, HITO_PARTITIONS: '3', HITO_PREFIX: prefix });
  await clean();
});
afterAll(async () => {
  await app?.close();
  await clean();
  rmSync(dir, { recursive: true, force: true });
  process.env = environment;
});

describe('the command line on a new installation', () => {
  const playbook = (more = ''): string => {
    const file = join(dir, 'playbook.yaml');
    writeFileSync(
      file,
      'name: test\ndefaults: { zone: Europe/Madrid, locale: es }\nsending: { window: { from: "09:00", to: "20:00" } }\nscoring: { half_life: 30d, bands: [{ id: cold, from: 0 }] }\nstages: { initial: new, names: [new], transitions: [] }\n' +
        more,
    );
    return file;
  };
  const query = async (text: string): Promise<void> => {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query(text).finally(() => client.end());
  };

  /** The URL of a service's own role, with a password that somebody chose. */
  const urlOf = (service: string, password: string, of = prefix): string => {
    const own = new URL(databaseUrl);
    own.username = schemaOf(of, service);
    own.password = encodeURIComponent(password);
    return own.href;
  };
  /** Makes the topics, by three commands at once; answers with what they printed. */
  const topicsMade = once(() =>
    said(async () => {
      await Promise.all([topicsApply({}), topicsApply({}), topicsApply({})]);
    }),
  );
  /** Starts the service; answers with the status that is shown before its clock is set. */
  const served = once(async () => {
    await topicsMade();
    const url = urlOf('ingestion', 'given');
    await whileSet('DATABASE_URL_INGESTION', url, () => said(databaseApply));
    serviceEnvironment = {
      ...process.env,
      DATABASE_URL: url,
      HITO_PLAYBOOK: playbook(),
      HITO_INTERNAL_PORT: '0',
      HITO_SIGNING_KEY: '0123456789abcdef',
      HITO_LOG_DIR: dir,
    };
    app = await start(definition, serviceEnvironment);
    process.env['HITO_SERVICES'] = app.internalUrl;
    await until(async () => ((await http('/health/ready')).status === 200 ? true : undefined));
    return said(() => status({}));
  });
  /** Calls that were sent. */
  let calls = 0;
  const produce = async (contract: string, key: string, value: object): Promise<void> => {
    if (contract === 'collected.v1') calls += 1;
    await app?.app.get<Runtime>(RUNTIME).produce([{ topic: `${prefix}.${contract}`, key, value }]);
  };
  const identifiedNow = (): Promise<string> => said(() => read('identified', { toEnd: true, json: true }));
  /** Sets the clock to live, sends a call that is taken and one that is refused; answers with what `clock live` printed. */
  const taken = once(async () => {
    await served();
    const live = await said(clockLive);
    await produce('collected.v1', 'ada', call('m1', 'Order Completed'));
    await produce('collected.v1', 'ada', call('m2', 'Poison'));
    await until(async () => (await identifiedNow()).trim() || undefined);
    await until(async () => (await said(() => read('ingestion.dead-letters', { toEnd: true }))).trim() || undefined);
    return live;
  });

  test('what is missing is told', () =>
    whileSet('HITO_PREFIX', bare, async () => {
      await expect(said(() => clockLive())).rejects.toThrow(`no topic ${bare}.collected.v1`);
      await expect(said(() => read('events', { toEnd: true }))).rejects.toThrow('hito topics apply');
      await expect(said(() => why('ada', {}))).rejects.toThrow('hito topics apply');
      await whileSet('HITO_SERVICES', 'http://127.0.0.1:1', () =>
        expect(said(() => status({}))).rejects.toThrow('No service answers'),
      );
      await expect(said(() => changeTask({ verb: 'resume' }, 'identity', '0', { yes: true }))).rejects.toThrow(
        'There is no task identity of partition 0',
      );
    }));

  test('topics apply refuses more copies than there are brokers, and makes nothing', () =>
    whileSet('HITO_PREFIX', bare, async () => {
      await expect(said(() => topicsApply({ replication: 5 }))).rejects.toThrow(
        '--replication 5 asks for more copies of each record than there are brokers; no topic was made',
      );
      await expect(said(() => read('events', { toEnd: true }))).rejects.toThrow(`has no topic ${bare}.events.v1`);
    }));

  test('topics apply may run at once and again, and refuses other partitions', async () => {
    const atOnce = await topicsMade();
    expect(atOnce.match(/^16 topics with 3 partitions each/gm)).toHaveLength(3);
    expect(atOnce).toContain('made test-cli.events.v1');
    expect(await said(() => topicsApply({}))).toContain('0 of them are new');
    await whileSet('HITO_PARTITIONS', '4', () =>
      expect(said(() => topicsApply({}))).rejects.toThrow(
        'Every topic must have 4 partitions (HITO_PARTITIONS), but test-cli.collected.v1 has 3',
      ),
    );
  });

  test('topics plan shows a setting that differs, and apply changes it only when told', async () => {
    await topicsMade();
    expect(await said(topicsPlan)).toContain('All 16 topics are as they shall be');
    const topic = 'test-cli.hits.v1';
    await withLog(({ log }) => log.changeTopic(topic, { 'retention.ms': '-1', 'segment.ms': '3600000' }));
    await withLog(async ({ log }) => {
      const kept = await log.retention([topic, 'test-cli.profiles.v1', 'test-cli.none.v1']);
      expect([...kept]).toEqual([
        [topic, -1],
        ['test-cli.profiles.v1', -1],
      ]);
    });
    const plan = await said(topicsPlan);
    expect(plan).toMatch(/^change {2}test-cli\.hits\.v1 retention\.ms: -1 → \d+ \(DELETES the records that are older\)$/m);
    expect(await said(() => topicsApply({}))).toContain(`${topic}: settings differ`);
    expect(await said(topicsPlan)).toBe(plan);
    await expect(said(() => topicsApply({ settings: true }))).rejects.toThrow('Nothing was changed. Give --yes');
    expect(await said(() => topicsApply({ settings: true, dryRun: true }))).toContain('This was a dry run');
    expect(await said(topicsPlan)).toBe(plan);
    expect(await said(() => topicsApply({ settings: true, yes: true }))).toContain(`changed ${topic}: retention.ms`);
    expect(await said(topicsPlan)).toContain('All 16 topics are as they shall be');
    await withLog(async ({ log }) => {
      expect((await log.describeTopics([topic])).get(topic)?.config['segment.ms']).toBe('3600000');
      expect((await log.retention([topic])).get(topic)).toBeGreaterThan(0);
    });
  });

  test('database apply may run at once and again with the URLs that services get', async () => {
    const own = urlOf('scoring', 'gi%ven p@ss');
    const printed = await whileSet('DATABASE_URL_SCORING', own, () =>
      said(async () => {
        await Promise.all([databaseApply(), databaseApply(), databaseApply()]);
      }),
    );
    expect(printed).not.toMatch(/^scoring/m);
    const client = new pg.Client({ connectionString: own });
    await client.connect();
    const { rows } = await client.query('select current_schema() as schema').finally(() => client.end());
    expect(rows).toEqual([{ schema: 'test_cli_scoring' }]);
  });

  test('a service started on it becomes ready', async () => {
    expect(await served()).toMatch(/ingestion +identity +0–2 +unset +none yet/);
  });

  test('clock live lets it take what was collected, and read shows it', async () => {
    expect(await taken()).toContain('is live');
    const [first = ''] = (await identifiedNow()).split('\n');
    expect(JSON.parse(first)).toMatchObject({
      topic: 'identified.v1',
      key: personId('ada'),
      fits: true,
      value: { message_id: 'm1', person_id: personId('ada') },
    });
    expect(await said(() => read('ingestion.dead-letters', { toEnd: true }))).toMatch(
      /identity refused \S*collected.v1 \d\/\d.*: poison/,
    );
    const sample = /(ingestion\/\d\/\d+)/.exec(await said(() => deadLettersList({})))?.[1] ?? '';
    expect(await said(() => deadLettersShow(sample))).toContain('"message_id": "m2"');
    await expect(said(() => deadLettersShow('ingestion/0/999'))).rejects.toThrow('There is no dead letter ingestion/0/999');
    expect(await said(() => status({}))).toMatch(/ingestion +identity +s +refused +1/);
    expect(await (await http('/metrics')).text()).toMatch(
      /hito_events_total\{result="accepted",processor="identity",partition="\d+",service="ingestion"\} 1/,
    );
    expect(await said(() => status({}))).toMatch(/identity +0–2 +live/);
  });

  test('export writes a table of the topic to a file of the caller only, and overwrites none', async () => {
    await taken();
    const out = join(dir, 'identified.csv');
    const words = await told(() => exportTopic('identified', { to: 'csv', out }));
    expect(words).toMatch(/^Exported 1 records of test-cli\.identified\.v1 to .*identified\.csv \([\d,]+ bytes\)\.$/m);
    expect(words).toMatch(/Left out: [1-9]\d* watermarks and clocks, 0 repeats after a crash, 0 outside/);
    const [header, ...lines] = readFileSync(out, 'utf8').trimEnd().split('\r\n');
    expect(header).toMatch(/^hito_partition,hito_offset,hito_key,id,/);
    expect(lines).toEqual([expect.stringContaining(personId('ada'))]);
    expect(statSync(out).mode & 0o777).toBe(0o600);
    await expect(told(() => exportTopic('identified', { to: 'csv', out }))).rejects.toThrow('identified.csv is there already');
    await expect(told(() => exportTopic('identified', { to: 'csv', partitions: '3' }))).rejects.toThrow('there is no 3');
    expect(JSON.parse((await said(() => exportTopic('collected', { to: 'jsonl', until: '2000-01-01' }))) || 'null')).toBeNull();
    expect(await said(() => exportTopic('ingestion.dead-letters', { to: 'csv' }))).toMatch(/^\d,\d+,.*,identity,.*poison/m);
  });

  test('export leaves out and names what does not fit, and exits with 2', async () => {
    await served();
    await produce('hits.v1', 'k', { id: 'no id', kind: 'open' });
    const out = join(dir, 'hits.parquet');
    const words = await told(() => exportTopic('hits', { to: 'parquet', out }));
    expect(words).toMatch(/Exported 0 records.*\n.*1 that do not fit.*\nDO NOT FIT.*\ntest-cli\.hits\.v1 \d\/0: id: /);
    expect(process.exitCode).toBe(2);
    process.exitCode = undefined;
    expect(existsSync(`${out}.part`)).toBe(false);
    expect(readFileSync(out).subarray(0, 4).toString()).toBe('PAR1');
  });

  test('why knows her by her user id, and nobody else', async () => {
    await taken();
    expect(await said(() => why('ada', {}))).toContain(`Person ${personId('ada')}`);
    await expect(said(() => why('eve', {}))).rejects.toThrow('Nothing is known of eve');
  });

  test('no command prints what the playbook declares a secret', async () => {
    await taken();
    const properties = { voucher: 'ABC-123-XYZ', reset_url: 'https://shop.example/in', size: 'XL-77' };
    const { type: _type, ...sent } = call('g3', 'Gift Sent');
    const giftSent = { ...sent, id: personId('g3'), person_id: personId('ada'), cause: { id: 'x' }, properties };
    await produce('collected.v1', 'ada', { ...call('g1', 'Gift Sent'), properties });
    await produce('collected.v1', 'ada', { ...call('g2', 'Poison'), properties });
    await produce('events.v1', personId('ada'), giftSent);
    const [letter] = await until(async () => {
      const groups = JSON.parse(await said(() => deadLettersList({ json: true }))) as {
        reason: string;
        count: number;
        sample: string;
      }[];
      return groups[0]?.count === 2 ? groups : undefined;
    });
    const verbs: Record<string, () => Promise<void>> = {
      read: () => read('collected', { toEnd: true }),
      'read --json': () => read('collected', { toEnd: true, json: true }),
      why: () => why('ada', {}),
      'why --json': () => why('ada', { json: true }),
      'export jsonl': () => exportTopic('collected', { to: 'jsonl' }),
      'export csv': () => exportTopic('events', { to: 'csv' }),
      'dead-letters show': () => deadLettersShow(letter?.sample ?? ''),
    };
    const seen = new Map<string, string>();
    await whileSet('HITO_PLAYBOOK', playbook('secrets: [{ event: Gift Sent, property: voucher }]\n'), async () => {
      for (const [name, verb] of Object.entries(verbs)) {
        const { stdout, stderr } = await both(verb);
        seen.set(name, stdout);
        expect(`${name}: ${stdout}`).not.toMatch(/ABC-123-XYZ|shop\.example\/in/);
        expect(stderr).not.toContain('HITO_PLAYBOOK');
      }
    });
    for (const name of ['read --json', 'export jsonl', 'export csv', 'dead-letters show'])
      expect(`${name}: ${seen.get(name) ?? ''}`).toContain('XL-77');
  });

  test('a stopped task goes on after task resume, and with task skip', async () => {
    await served();
    const sure = { yes: true } as const;
    expect(await said(() => changeTask({ verb: 'resume' }, 'identity', '1', sure))).toContain('is neither stopped nor paused');
    for (const verb of ['resume', 'skip'] as const) {
      await query(
        `update "test_cli_ingestion".task set stopped = '5 people''s messages in a row threw, the last with: x', attempts = 9 where processor = 'identity' and partition = 1`,
      );
      await expect(said(() => changeTask({ verb }, 'identity', '1', {}))).rejects.toThrow('Nothing was changed. Give --yes');
      expect(await said(() => changeTask({ verb }, 'identity', '1', { dryRun: true }))).toContain('nothing was changed');
      expect(await said(() => changeTask({ verb }, 'identity', '1', sure))).toContain(
        "It had stopped: 5 people's messages in a row threw",
      );
    }
    await expect(said(() => changeTask({ verb: 'skip' }, 'nobody', '1', sure))).rejects.toThrow('There are tasks of identity');
    await expect(said(() => changeTask({ verb: 'skip' }, 'identity', 'all', sure))).rejects.toThrow('a whole number');
  });

  test('a paused task takes nothing, also after a restart, and leaves out the record that is skipped', async () => {
    await taken();
    const partition = String(
      (JSON.parse(await said(() => offsets('identity', { json: true }))) as { partition: number; end: number }[]).reduce(
        (a, b) => (b.end > a.end ? b : a),
      ).partition,
    );
    const standing = async () =>
      (
        JSON.parse(await said(() => offsets('identity', { json: true }))) as {
          partition: number;
          next: number;
          end: number;
          lag: number;
        }[]
      ).find((one) => String(one.partition) === partition);
    const pause = { verb: 'pause', reason: 'a look at it' } as const;
    expect(await said(() => changeTask(pause, 'identity', partition, { dryRun: true }))).toContain('rests: a look at it');
    expect(await said(() => status({}))).not.toContain('paused');
    await said(() => changeTask(pause, 'identity', 'all', { yes: true }));
    const paused = async (): Promise<true | undefined> =>
      /identity +0–2 .*paused: a look at it/.test(await said(() => status({}))) ? true : undefined;
    await until(paused);
    expect((await http('/health/ready')).status).toBe(200);
    expect(await (await http('/metrics')).text()).toMatch(/hito_paused_tasks\{processor="identity",service="ingestion"\} 3/);
    for (const name of ['m3', 'm4']) await produce('collected.v1', 'ada', call(name, 'Order Completed'));
    await app?.close();
    app = await start(definition, serviceEnvironment);
    process.env['HITO_SERVICES'] = app.internalUrl;
    await until(paused);
    const before = await until(async () => ((await standing())?.lag === 2 ? standing() : undefined));
    const record = `collected.v1@${String(before.next)}`;
    await said(() => changeTask({ verb: 'skip', record, reason: 'poison' }, 'identity', partition, { yes: true }));
    expect(await said(() => changeTask({ verb: 'resume' }, 'identity', 'all', { yes: true }))).toContain(
      'It was paused: a look at it',
    );
    const handedOn = await until(async () => {
      const text = await identifiedNow();
      return text.includes('"m4"') ? text : undefined;
    });
    expect(handedOn).not.toContain('"m3"');
    expect(await said(() => deadLettersList({}))).toMatch(/ingestion +- +identity +skipped +1 /);
    expect((await standing())?.lag).toBe(0);
  });

  test('replay shows what it would replay, and only into a fresh installation of another prefix', async () => {
    await taken();
    const from = '2020-01-01';
    const sure = { dryRun: true } as const;
    await expect(said(() => replayFrom({ from, into: prefix, ...sure }))).rejects.toThrow('is this installation');
    await expect(said(() => replayFrom({ from, into: trial, ...sure }))).rejects.toThrow('hito topics apply');
    await whileSet('HITO_PREFIX', trial, () => said(() => topicsApply({})));
    expect((await said(() => replayFrom({ from, into: trial, ...sure }))).split('\n')).toContainEqual(
      expect.stringMatching(new RegExp(`^${String(calls)} calls .* go from ${prefix} to ${trial}\\.$`)),
    );
    expect(await said(() => replayFrom({ from: '2999-01-01', until: '2999-01-02', into: trial, ...sure }))).toContain(
      '0 calls that arrived',
    );
    await expect(said(() => replayFrom({ from, into: trial }))).rejects.toThrow('Nothing was changed. Give --yes');
    expect(await said(() => whileSet('HITO_PREFIX', trial, () => read('collected', { toEnd: true })))).toBe('');
  });

  test('replay with --yes brings each call into the other installation once, marked as replayed', async () => {
    await taken();
    const json = (topic: string, of: string) =>
      whileSet('HITO_PREFIX', of, async () =>
        (await said(() => read(topic, { toEnd: true, json: true })))
          .split('\n')
          .filter((line) => line.startsWith('{'))
          .map((line) => JSON.parse(line) as { value: { message_id: string; event?: string; replayed?: boolean } })
          .map(({ value }) => value),
      );
    const ids = (values: { message_id: string }[]) => values.map(({ message_id }) => message_id).sort();
    await whileSet('HITO_PREFIX', trial, () => said(() => topicsApply({})));
    const url = urlOf('ingestion', 'given', trial);
    await whileSet('DATABASE_URL_INGESTION', url, () => whileSet('HITO_PREFIX', trial, () => said(databaseApply)));
    const other = await start(wholeWay, { ...serviceEnvironment, HITO_PREFIX: trial, DATABASE_URL: url });
    try {
      const sure = { from: '2020-01-01', until: new Date(Date.now() + 1).toISOString(), into: trial, yes: true } as const;
      const sent = (await json('collected', prefix)).filter(({ event }) => event !== undefined && event !== 'Poison');
      expect(await said(() => replayFrom(sure))).toContain('All of it has come back');
      const there = await json('identified', trial);
      expect(ids(there)).toEqual(ids(sent));
      expect(there.length).toBeGreaterThan(0);
      expect(there.filter(({ replayed }) => replayed !== true)).toEqual([]);
      // Given again, it drops what has come already.
      await said(() => replayFrom(sure));
      expect(ids(await json('identified', trial))).toEqual(ids(sent));
    } finally {
      await other.close();
    }
  });

  test('replay refuses an installation that holds records of no replay', async () => {
    await served();
    const from = '2020-01-01';
    const sure = { dryRun: true } as const;
    await whileSet('HITO_PREFIX', trial, () => said(() => topicsApply({})));
    await withLog(({ log }) => log.produce([{ topic: `${trial}.collected.v1`, partition: 0, key: 'x', value: '{}' }]));
    await expect(said(() => replayFrom({ from, into: trial, ...sure }))).rejects.toThrow('1 records that are of no replay');
  });

  test('it stops in good order', async () => {
    await served();
    await app?.close();
    await expect(fetch(`${process.env['HITO_SERVICES'] ?? ''}/health/live`)).rejects.toThrow();
    app = undefined;
  });
});
