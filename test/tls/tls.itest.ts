import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Client } from 'pg';
import { contracts, services } from '#contracts';
import { applyDatabase, topicSpecs } from '#platform';
import type { KafkaOptions } from '#stream';
import { connectLog } from '#stream/runtime';
import { silent, until } from '#testing';
import { kafkaClasspath } from '../../local/infrastructure/kafka/classpath.ts';
import { findJava } from '../../local/infrastructure/kafka/java.ts';
import { kafkaServer } from '../../local/infrastructure/kafka/kafka.ts';
import { makePostgresFolder, removeWithPostgres } from '../../local/infrastructure/postgres/folder.ts';
import { postgresServer } from '../../local/infrastructure/postgres/postgres.ts';
import { portsOf } from '../../local/process/ports.ts';
import { root } from '../../local/root.ts';
import { SourceCluster } from '../../services/ingestion/testing/source-cluster.ts';
import { testAuthority } from '../../services/delivery/testing/certificates.ts';

// A real broker that asks for TLS and a log-in, a real Postgres that speaks TLS, and a service as it runs.

const user = 'hito';
const password = 'a password of this test';
const bearerSecret = 'a-secret-of-this-test';
const prefix = 'tls';
const partitions = 1;
/** What the broker asks of a token: it must be for this. */
const scope = 'kafka';

let dir: string;
let stop: () => Promise<void> = () => Promise.resolve();
let broker: string;
let urls: Readonly<Record<string, string>>;
let adminUrl: string;
/** PEM: the authority of both servers, and one that nobody has to do with. */
let authority: string;
let stranger: string;
let internalPort: number;
let authorizationServer: Server;
let tokenUrl: string;

/** Gives tokens for client credentials, which the broker reads without a signature. Their scope is the one that was asked for. */
async function startAuthorizationServer(): Promise<void> {
  authorizationServer = createServer((request, response) => {
    void text(request).then((body) => {
      const known = request.headers.authorization === `Basic ${Buffer.from(`${user}:${bearerSecret}`).toString('base64')}`;
      const [now, life] = [Math.floor(Date.now() / 1_000), 60];
      const claims = { sub: user, iat: now, exp: now + life, scope: new URLSearchParams(body).get('scope') ?? '' };
      const token = [{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
      response
        .writeHead(known ? 200 : 401, { 'content-type': 'application/json' })
        .end(JSON.stringify(known ? { access_token: `${token}.`, expires_in: life } : { error: 'invalid_client' }));
    });
  });
  await new Promise<void>((resolve) => authorizationServer.listen(0, '127.0.0.1', resolve));
  tokenUrl = `http://127.0.0.1:${String((authorizationServer.address() as AddressInfo).port)}/token`;
}

beforeAll(async () => {
  await startAuthorizationServer();
  dir = mkdtempSync(join(tmpdir(), 'hito-tls-'));
  const ours = await testAuthority();
  [authority, stranger] = [ours.cert, (await testAuthority()).cert];
  const server = await ours.issue('localhost');
  const ports = portsOf(dir, {});
  const [plain, controllerPort, secure, postgresPort] = [
    await ports.take('kafka'),
    await ports.take('kafka-controller'),
    await ports.take('kafka-secure'),
    await ports.take('postgres'),
  ];
  internalPort = await ports.take('internal');
  const data = join(dir, 'kafka');
  mkdirSync(data, { recursive: true });
  const keystore = join(data, 'server.pem');
  writeFileSync(keystore, `${server.key}${server.cert}\n`, { mode: 0o600 });
  const [java, classpath] = [await findJava(process.env), await kafkaClasspath(() => undefined)];
  const jaas = 'org.apache.kafka.common.security';
  const [kafka, postgres] = await Promise.all([
    kafkaServer({
      dir,
      data,
      java,
      classpath,
      formatArgs: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
        '--add-scram',
        `${mechanism}=[name=${user},password=${password}]`,
      ]),
      port: plain,
      controllerPort,
      settings: [
        `listeners=PLAINTEXT://127.0.0.1:${String(plain)},SECURE://127.0.0.1:${String(secure)},CONTROLLER://127.0.0.1:${String(controllerPort)}`,
        `advertised.listeners=PLAINTEXT://127.0.0.1:${String(plain)},SECURE://localhost:${String(secure)}`,
        'listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL',
        'listener.name.secure.ssl.keystore.type=PEM',
        `listener.name.secure.ssl.keystore.location=${keystore}`,
        'listener.name.secure.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
        `listener.name.secure.plain.sasl.jaas.config=${jaas}.plain.PlainLoginModule required user_${user}="${password}";`,
        `listener.name.secure.scram-sha-256.sasl.jaas.config=${jaas}.scram.ScramLoginModule required;`,
        `listener.name.secure.scram-sha-512.sasl.jaas.config=${jaas}.scram.ScramLoginModule required;`,
        `listener.name.secure.oauthbearer.sasl.jaas.config=${jaas}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker" unsecuredValidatorRequiredScope="${scope}";`,
        `listener.name.secure.oauthbearer.sasl.server.callback.handler.class=${jaas}.oauthbearer.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler`,
      ],
    }),
    postgresServer({ dir, data: makePostgresFolder(dir), port: postgresPort, tls: server }),
  ]);
  stop = async () => {
    await Promise.all([kafka.stop(), postgres.stop()]);
    authorizationServer.closeAllConnections();
    authorizationServer.close();
    removeWithPostgres(dir);
  };
  broker = `localhost:${String(secure)}`;
  adminUrl = postgres.url;
  ({ urls } = await applyDatabase(adminUrl.replace('127.0.0.1', 'localhost'), { services, prefix }));
  const log = await connectLog(reached('scram-sha-512'), silent);
  await log.createTopics(topicSpecs(contracts, prefix, partitions));
  await log.close();
});
afterAll(() => stop());

const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'] as const;

const reached = (
  mechanism: (typeof mechanisms)[number],
  given: Partial<{ ca: string; password: string; scope: string }> = {},
): KafkaOptions => ({
  brokers: [broker],
  clientId: 'tls-test',
  ssl: { ca: given.ca ?? authority },
  sasl:
    mechanism === 'oauthbearer'
      ? { mechanism, tokenUrl, clientId: user, clientSecret: given.password ?? bearerSecret, scope: given.scope ?? scope }
      : { mechanism, username: user, password: given.password ?? password },
});

describe('a broker that asks for TLS and a log-in', () => {
  test.each(mechanisms)('takes a record by %s and gives it back', async (mechanism) => {
    const log = await connectLog(reached(mechanism), silent);
    const topic = `${prefix}.hits.v1`;
    const before = (await log.ends([topic])).get(topic)?.[0] ?? 0;
    await log.produce([{ topic, partition: 0, key: 'k', value: mechanism }]);
    expect((await log.ends([topic])).get(topic)).toEqual([before + 1]);
    await log.close();
  });

  test.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)('refuses a wrong password by %s', async (mechanism) => {
    await expect(connectLog(reached(mechanism, { password: 'a wrong one' }), silent)).rejects.toThrow(/auth/i);
  });

  test('is not reached where the authorization server refuses the secret', async () => {
    await expect(connectLog(reached('oauthbearer', { password: 'a-wrong-one' }), silent)).rejects.toThrow(/invalid_client/);
  });

  test('refuses a token that was asked for another scope', async () => {
    await expect(connectLog(reached('oauthbearer', { scope: 'mail' }), silent)).rejects.toThrow(
      /localhost:\d+ refuses the token of http:\S+token: .*insufficient_scope/,
    );
  });

  test('is not spoken to where its certificate is of another authority', async () => {
    await expect(connectLog(reached('plain', { ca: stranger }), silent)).rejects.toThrow(/certificate|self-signed/i);
  });
});

test('sources read the clusters that they name, each by its own brokers, authority and way to log in, beside the one of Hito', async () => {
  const cluster = await new SourceCluster().start();
  const log = await connectLog(reached('scram-sha-256'), silent);
  try {
    const topic = `${cluster.prefix}-clicks`;
    await log.createTopics([{ topic, partitions: 1, replication: 1, config: {} }]);
    await log.produce(
      [0, 1, 2].map((n) => ({
        topic,
        partition: 0,
        key: null,
        value: JSON.stringify({ user: `u${String(n)}`, action: 'Clicked', at: Date.now() - 60_000 }),
      })),
    );
    const source = (name: string): string =>
      `{ name: ${name}, topics: [${topic}], cluster: ${name}, from: earliest, map: { person: record.value.user, name: record.value.action, time: record.value.at } }`;
    const options = Object.fromEntries(
      [
        ...mechanisms.map((mechanism) => [mechanism, reached(mechanism)] as const),
        ['foreign', reached('plain', { ca: stranger })] as const,
      ].map(([name, { brokers, ssl, sasl }]) => [name, { brokers, ssl, sasl }]),
    );
    const running = cluster.spawn(`sources: [${Object.keys(options).map(source).join(', ')}]`, {
      HITO_SOURCE_CLUSTERS: JSON.stringify(options),
    });
    await until(
      async () =>
        (await cluster.query('select from source_cursor where next_offset = 3')).length === mechanisms.length &&
        (await cluster.published()),
      cluster.told,
    );
    const { calls } = await cluster.calls();
    expect(calls.map(({ source, user_id }) => `${String(source)} ${String(user_id)}`).sort()).toEqual(
      mechanisms.flatMap((mechanism) => ['u0', 'u1', 'u2'].map((person) => `${mechanism} ${person}`)).sort(),
    );
    // Where the broker's certificate is of another authority, its source waits, and says so; the other one is read all the same.
    await until(
      () => running.status()?.tasks.some(({ waitsFor }) => /^source foreign\/.*certificate/i.test(waitsFor)) === true,
      cluster.told,
    );
  } finally {
    await log.close();
    await cluster.stop();
  }
});

describe('a service', () => {
  let child: ChildProcess | undefined;
  afterEach(async () => {
    if (child === undefined || child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  const scram = { KAFKA_SASL_MECHANISM: 'scram-sha-512', KAFKA_SASL_USERNAME: user, KAFKA_SASL_PASSWORD: password };

  /** `scoring` as the image runs it, with these authorities for the broker and for Postgres, and this way to log in to the broker. */
  function started(
    { ofBroker, ofDatabase }: { readonly ofBroker: string; readonly ofDatabase: string },
    login: Readonly<Record<string, string>> = scram,
  ): void {
    const file = join(dir, 'database-ca.pem');
    writeFileSync(file, ofDatabase);
    child = spawn(process.execPath, [join(root, 'dist/apps/container/main.js'), 'scoring'], {
      stdio: 'ignore',
      env: {
        PATH: process.env['PATH'],
        KAFKA_BROKERS: broker,
        KAFKA_SSL: 'true',
        KAFKA_SSL_CA: ofBroker,
        ...login,
        DATABASE_URL: urls['scoring'],
        PGSSLMODE: 'verify-full',
        NODE_EXTRA_CA_CERTS: file,
        HITO_PREFIX: prefix,
        HITO_PARTITIONS: String(partitions),
        HITO_PLAYBOOK: join(root, 'examples/shop/playbook.yaml'),
        HITO_SIGNING_KEY: 'a signing key of this test',
        HITO_INTERNAL_PORT: String(internalPort),
      },
    });
  }

  const health = async (): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${String(internalPort)}/health`).catch(() => undefined);
    return answer === undefined ? 'silent' : `${String(answer.status)} ${await answer.text()}`;
  };
  const says = async (pattern: RegExp): Promise<void> => {
    let said = '';
    await until(
      async () => pattern.test((said = await health())),
      () => said,
    );
  };

  test('is ready over SASL_SSL to the broker and verify-full to Postgres, all of it by TLS', async () => {
    started({ ofBroker: authority, ofDatabase: authority });
    await says(/^200 /);
    const client = new Client({ connectionString: adminUrl });
    await client.connect();
    const { rows } = await client.query<{ ssl: boolean }>(
      'select ssl from pg_stat_ssl join pg_stat_activity using (pid) where usename = $1',
      [`${prefix}_scoring`],
    );
    await client.end();
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.filter(({ ssl }) => !ssl)).toEqual([]);
  });

  test('is ready over oauthbearer to the broker, with a token of the authorization server', async () => {
    started(
      { ofBroker: authority, ofDatabase: authority },
      {
        KAFKA_SASL_MECHANISM: 'oauthbearer',
        KAFKA_OAUTH_TOKEN_URL: tokenUrl,
        KAFKA_OAUTH_CLIENT_ID: user,
        KAFKA_OAUTH_CLIENT_SECRET: bearerSecret,
        KAFKA_OAUTH_SCOPE: scope,
      },
    );
    await says(/^200 /);
  });

  test('does not get ready where Postgres shows a certificate of another authority', async () => {
    started({ ofBroker: authority, ofDatabase: stranger });
    await says(/^503 .*(certificate|self-signed)/i);
  });

  test('does not get ready where the broker shows a certificate of another authority', async () => {
    started({ ofBroker: stranger, ofDatabase: authority });
    await says(/^503 /);
    await says(/broker/i);
  });
});
