import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { services } from '#contracts';
import { root } from '../../local/root.ts';
import { programs } from './programs.ts';

/** Whether this machine lets us make a process the first of its own world of processes, as in a container. */
const asFirst = ((): string[] | undefined => {
  for (const command of [
    ['unshare', '--fork', '--pid', '--kill-child'],
    ['unshare', '--map-root-user', '--fork', '--pid', '--kill-child'],
  ]) {
    try {
      execFileSync(command[0] ?? '', [...command.slice(1), 'true'], { stdio: 'ignore' });
      return command;
    } catch {
      continue;
    }
  }
  return undefined;
})();

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });

interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const away = {
  KAFKA_BROKERS: '127.0.0.1:1',
  DATABASE_URL: 'postgres://nobody:nothing@127.0.0.1:1/none',
  HITO_PLAYBOOK: join(root, 'examples', 'shop', 'playbook.yaml'),
  HITO_SIGNING_KEY: '0123456789abcdef0123456789abcdef',
  HITO_HOST: '127.0.0.1',
  HITO_INTERNAL_HOST: '127.0.0.1',
};

function runImage(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  before: readonly string[] = [],
): Running {
  const [command = '', ...rest] = [...before, process.execPath, join(root, 'dist', 'apps', 'container', program), ...args];
  const child = spawn(command, rest, {
    cwd: root,
    env: { PATH: process.env['PATH'], ...away, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return {
    child,
    output: () => output,
    ended: new Promise((resolve) => {
      child.once('close', (code, signal) => {
        resolve({ code, signal });
      });
    }),
  };
}

/** The first process of the world that `unshare` made, as this machine numbers it. */
const firstOf = ({ child }: Running): number => {
  const pid = String(child.pid);
  return Number(asFirst === undefined ? pid : readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
};

async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe("the image's program", () => {
  test('can run every service', () => {
    expect(Object.keys(programs)).toEqual(expect.arrayContaining([...services]));
  });

  test('runs a command of hito where no service is named', async () => {
    const version = runImage('main.js', ['--version']);
    expect(await version.ended).toEqual({ code: 0, signal: null });
    expect(version.output()).toMatch(/^\d+\.\d+\.\d+/);
  });

  test('shows what there is where nothing is named, and names what it does not know', async () => {
    const nothing = runImage('main.js', []);
    expect(await nothing.ended).toMatchObject({ code: 0 });
    expect(nothing.output()).toContain('topics');
    const unknown = runImage('main.js', ['scorign']);
    expect(await unknown.ended).toMatchObject({ code: 1 });
    expect(unknown.output()).toContain('scorign');
  });

  test('ends within 2 s of SIGTERM by itself, also as PID 1', async () => {
    if (asFirst === undefined) process.stderr.write('NOT TRIED AS PID 1: this machine has no unshare\n');
    const port = await freePort();
    const service = runImage('main.js', ['scoring'], { HITO_INTERNAL_PORT: String(port) }, asFirst);
    await until(async () => (await fetch(`http://127.0.0.1:${port}/health/live`).catch(() => undefined))?.ok === true);
    const first = firstOf(service);
    const asked = performance.now();
    process.kill(first, 'SIGTERM');
    expect(await service.ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - asked).toBeLessThan(2_000);
  });

  test('runs services that end by themselves, not by a second signal to themselves', async () => {
    const port = await freePort();
    const service = runImage('../../services/scoring/main.js', [], { HITO_INTERNAL_PORT: String(port) });
    await until(async () => (await fetch(`http://127.0.0.1:${port}/health/live`).catch(() => undefined))?.ok === true);
    service.child.kill('SIGTERM');
    // The kernel gives PID 1 no default action: a second signal would not end it, and it would wait for its last idle timer.
    expect(await service.ended).toEqual({ code: 0, signal: null });
  });

  test('ends at once by SIGTERM while a command runs, also as PID 1', async () => {
    // A broker that takes the connection and says nothing: the command waits for it.
    const connected = new EventEmitter();
    const silent = createServer((socket) => socket.unref()).unref();
    silent.once('connection', () => connected.emit('connection'));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const command = runImage('main.js', ['clock', 'live'], { KAFKA_BROKERS: `127.0.0.1:${port}` }, asFirst);
    await once(connected, 'connection');
    process.kill(firstOf(command), 'SIGTERM');
    expect(await command.ended).toEqual({ code: 143, signal: null });
  });

  test('asks for health and reports the answer', async () => {
    const port = await freePort();
    const nobody = runImage('health.js', [], { HITO_INTERNAL_PORT: String(port) });
    expect(await nobody.ended).toMatchObject({ code: 1 });
    expect(nobody.output()).toContain('did not answer');
    const service = runImage('main.js', ['scoring'], { HITO_INTERNAL_PORT: String(port) });
    await until(async () => (await fetch(`http://127.0.0.1:${port}/health/live`).catch(() => undefined))?.ok === true);
    const notReady = runImage('health.js', [], { HITO_INTERNAL_PORT: String(port) });
    expect(await notReady.ended).toMatchObject({ code: 1 });
    expect(notReady.output()).toContain('answered 503');
    const alive = runImage('health.js', [`http://127.0.0.1:${port}/health/live`]);
    expect(await alive.ended).toMatchObject({ code: 0 });
    service.child.kill('SIGTERM');
    await service.ended;
  });
});
