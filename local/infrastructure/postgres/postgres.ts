import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { machineEnvironment } from '../../environment.ts';
import { end } from '../../process/end.ts';
import { isAlive } from '../../process/identity.ts';
import { launch, tailOf, type Launched } from '../../process/launch.ts';
import type { Server } from '../infrastructure.types.ts';
import { postgresBinaries } from './binaries.ts';
import { handOver, postgresOwner } from './owner.ts';

export interface PostgresServerOptions {
  readonly dir: string;
  readonly data: string;
  readonly port: number;
  /** A key and a certificate, PEM: it then speaks TLS, too. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

const startTimeoutMs = 60_000;
const environment = { ...machineEnvironment(process.env), LC_ALL: 'C', TZ: 'UTC' };

/** Commits stay durable (fsync and synchronous_commit at their defaults): a killed machine must lose nothing here either. */
const settings = (port: number): string[] =>
  Object.entries({
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    shared_buffers: '256MB',
    max_connections: '200',
    max_wal_size: '4GB',
    logging_collector: 'off',
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

/** Makes the cluster the first time (half-made ones are made anew), starts it and waits until it takes connections. */
export async function postgresServer({
  dir,
  data,
  port,
  tls,
}: PostgresServerOptions): Promise<Server & { readonly url: string }> {
  const binaries = await postgresBinaries();
  const owner = postgresOwner();
  const cluster = join(data, 'data');
  const passwordFile = join(dir, 'keys', 'postgres');
  if (existsSync(join(cluster, 'made')) && !existsSync(passwordFile))
    throw new Error(
      `Postgres' data lies in ${data}, but its password is gone (${passwordFile}). Put the file back, or delete ${data} to begin anew without what is in it.`,
    );
  if (!existsSync(join(cluster, 'made'))) {
    rmSync(cluster, { recursive: true, force: true });
    mkdirSync(cluster, { recursive: true });
    chmodSync(cluster, 0o700);
    mkdirSync(join(dir, 'keys'), { recursive: true, mode: 0o700 });
    writeFileSync(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
    const handed = join(data, 'password');
    writeFileSync(handed, readFileSync(passwordFile), { mode: 0o600 });
    if (owner !== undefined) {
      handOver(data, cluster, owner);
      chownSync(handed, owner.uid, owner.gid);
    }
    const args = [
      `--pgdata=${cluster}`,
      '--auth=scram-sha-256',
      '--username=postgres',
      `--pwfile=${handed}`,
      '--encoding=UTF8',
      '--locale=C',
    ];
    await promisify(execFile)(binaries.initdb, args, { env: environment, cwd: data, ...owner }).catch((error: unknown) => {
      throw new Error(
        `Postgres' data folder could not be made in ${cluster}:\n${(error as { stderr?: string }).stderr ?? String(error)}`,
      );
    });
    rmSync(handed);
    writeFileSync(join(cluster, 'made'), '');
  } else if (owner !== undefined) handOver(data, cluster, owner);
  const speaking = tls === undefined ? [] : speaksTls(data, tls, owner);
  const url = `postgres://postgres:${readFileSync(passwordFile, 'utf8').trim()}@127.0.0.1:${String(port)}/postgres`;

  let process_: Launched;
  const start = async (): Promise<void> => {
    process_ = await launch({
      dir,
      name: 'postgres',
      rank: 'infrastructure',
      command: binaries.postgres,
      args: ['-D', cluster, ...settings(port), ...speaking],
      env: environment,
      cwd: data,
      endSignal: 'SIGINT',
      ...owner,
    });
    const until = Date.now() + startTimeoutMs;
    while (!(await takesConnections(url))) {
      if (!isAlive(process_))
        throw new Error(`Postgres ended while starting. The end of ${process_.logFile}:\n${tailOf(process_.logFile)}`);
      if (Date.now() > until)
        throw new Error(
          `Postgres took no connection within ${String(startTimeoutMs / 1000)} s. The end of ${process_.logFile}:\n${tailOf(process_.logFile)}`,
        );
      await sleep(50);
    }
  };
  await start();
  return {
    url,
    get pid() {
      return process_.pid;
    },
    start,
    async stop() {
      await end(process_, 30_000, 'SIGINT');
    },
  };
}

/** Writes key and certificate where Postgres may read them; the settings that name them. */
function speaksTls(
  data: string,
  { key, cert }: NonNullable<PostgresServerOptions['tls']>,
  owner: ReturnType<typeof postgresOwner>,
): string[] {
  const files = { ssl_key_file: [join(data, 'tls.key'), key], ssl_cert_file: [join(data, 'tls.crt'), cert] } as const;
  for (const [file, text] of Object.values(files)) {
    writeFileSync(file, text, { mode: 0o600 });
    if (owner !== undefined) chownSync(file, owner.uid, owner.gid);
  }
  return ['-c', 'ssl=on', ...Object.entries(files).flatMap(([name, [file]]) => ['-c', `${name}=${file}`])];
}

async function takesConnections(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
