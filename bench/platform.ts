import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import { services } from '#contracts';
import { removeWithPostgres } from '../local/infrastructure/postgres/folder.ts';
import { observe, type Observed } from '../local/launcher/observe.ts';
import { schemaOf, withDatabase } from '../local/launcher/database.ts';
import type { Instance } from '../local/launcher/service-specs.ts';
import { endLeftovers, records } from '../local/process/records.ts';
import { root } from '../local/root.ts';

/** The local start in a folder and with servers of its own, gone afterwards. */
export interface LocalStart {
  readonly dir: string;
  /** Resolves when it has said so; rejects with what it said instead. */
  says(words: string): Promise<void>;
  readonly ended: Promise<number | null>;
  readonly pid: number;
  /** What it said last, for progress. */
  lastLine(): string;
  stop(): Promise<void>;
}

export function localStart(...args: readonly string[]): LocalStart {
  const dir = mkdtempSync(join(tmpdir(), 'hito-bench-'));
  const env = { ...process.env, HITO_HOME: dir, HITO_INFRASTRUCTURE: 'embedded', KAFKA_BROKERS: '', DATABASE_URL: '' };
  const program = join(root, 'dist', 'local', 'start.js');
  const child = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', program, ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // A bench that ends early leaves nothing running: the local start ends what it has started.
  process.once('exit', () => child.kill('SIGTERM'));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    dir,
    ended,
    pid: child.pid ?? 0,
    lastLine: () =>
      text
        .trimEnd()
        .split(/[\r\n]/)
        .at(-1) ?? '',
    async says(words) {
      while (!text.includes(words)) {
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`The local start ended without saying "${words}":\n${text}`);
        await sleep(100);
      }
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
      await endLeftovers(dir);
      removeWithPostgres(dir);
    },
  };
}

/** Process ids of a local start by name, servers and launcher included. */
export const pidsOf = ({ dir, pid }: LocalStart): Map<string, number> =>
  new Map([...records(dir).map((record) => [record.name, record.pid] as const), ['launcher', pid] as const]);

/** The live platform as a client and an observer see it. */
export interface Platform {
  readonly ingestion: string;
  readonly inbox: string;
  readonly writeKey: string;
  observe(): Promise<Observed[]>;
  /** Mails that are still to be sent, and those that were accepted. */
  mails(): Promise<{ readonly open: number; readonly accepted: number }>;
  /** Process ids by name, servers and launcher included. */
  pids(): Map<string, number>;
  stop(): Promise<void>;
}

/** Starts the platform without a history; resolves when it is live. */
export async function startPlatform(): Promise<Platform> {
  const start = localStart('--no-replay');
  try {
    await start.says('live. Ask for a mail');
  } catch (error) {
    await start.stop();
    throw error;
  }
  const read = (...path: string[]): string => readFileSync(join(start.dir, ...path), 'utf8').trim();
  const urls = new Map([...read('urls').matchAll(/^\s*(\S+)\s+(http\S+)$/gm)].map(([, name = '', url = '']) => [name, url]));
  const { DATABASE_URL = '', HITO_PREFIX = '', HITO_SERVICES = '' } = parseEnv(read('env'));
  const internal = HITO_SERVICES.split(',');
  const instances = services.map((service, i): Instance => ({
    name: service,
    service,
    internalUrl: internal[i] ?? '',
    publicUrl: urls.get(service),
  }));
  const table = `${schemaOf(HITO_PREFIX, 'delivery')}.mail`;
  return {
    ingestion: urls.get('ingestion') ?? '',
    inbox: urls.get('inbox') ?? '',
    writeKey: read('keys', 'write'),
    observe: () => Promise.all(instances.map(observe)),
    mails: () =>
      withDatabase(DATABASE_URL, async (client) => {
        const { rows } = await client.query<{ open: number; accepted: number }>(
          `select count(*) filter (where state in ('pending', 'claimed', 'data'))::int as open, count(*) filter (where state = 'accepted')::int as accepted from ${table}`,
        );
        return rows[0] ?? { open: 0, accepted: 0 };
      }),
    pids: () => pidsOf(start),
    stop: () => start.stop(),
  };
}

/**
 * Waits until every task's time has passed `instant`: then all that arrived before it has been taken, decided and published by every
 * service. Lag is no sign of it, for live watermarks keep coming. Says when the last record was taken (performance.now()).
 */
export async function untilThrough(
  platform: Platform,
  instant: number,
  progress: (text: string) => void,
  patienceMs = 600_000,
): Promise<{ readonly takenAt: number; readonly passedAt: number }> {
  const from = performance.now();
  let [taken, takenAt] = [-1, from];
  for (let told = from; ; await sleep(100)) {
    const observed = await platform.observe();
    const now = performance.now();
    const tasks = observed.flatMap((one) => one.tasks);
    const sum = tasks.reduce((total, task) => total + task.taken, 0);
    if (sum !== taken) [taken, takenAt] = [sum, now];
    const timed = tasks.filter(({ processor }) => processor !== 'sender');
    const stopped = timed.find((task) => task.stopped);
    if (stopped !== undefined) throw new Error(`${stopped.processor}/${String(stopped.partition)} has ${stopped.waitsFor}`);
    const behind = timed.filter(({ watermark }) => watermark === undefined || watermark <= instant);
    const silent = observed
      .filter(({ up, tasks: own }) => !up || own.length === 0)
      .map(({ name, notReady }) => `${name} ${notReady ?? 'has no task'}`);
    if (silent.length === 0 && behind.length === 0) return { takenAt, passedAt: now };
    if (now - from > patienceMs)
      throw new Error(
        `Not through after ${String(patienceMs / 1_000)} s: ${silent
          .concat(behind.map(({ processor, partition, waitsFor }) => `${processor}/${String(partition)} ${waitsFor}`))
          .slice(0, 5)
          .join(', ')}`,
      );
    if (now - told > 5_000) {
      told = now;
      progress(
        `${String(behind.length)} of ${String(timed.length)} tasks on their way, ${String(timed.reduce((total, { lagRecords }) => total + lagRecords, 0))} records waiting`,
      );
    }
  }
}
