import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { portsOf } from '../process/ports.ts';
import { Supervisor } from '../supervisor/supervisor.ts';
import { answerTo } from '../testing/answer-to.ts';
import { statusServer, type StatusServer } from './server.ts';

let dir: string;
let server: StatusServer;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'hito-status-'));
  mkdirSync(join(dir, 'logs'));
  writeFileSync(join(dir, 'logs', 'replay.log'), 'somebody@shop.example <b>\n');
  const source = { supervisor: new Supervisor(dir), phase: 'Starting', instances: [], inbox: undefined };
  server = await statusServer(dir, await portsOf(dir, {}).take('status'), source);
});
afterEach(async () => {
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

test('the status page and the logs are for this machine; a page of another name that points here reads nothing', async () => {
  const own = new URL(server.url).host;
  expect(await answerTo(`${server.url}logs/replay`, own)).toContain('somebody@shop.example &lt;b&gt;');
  for (const path of ['', 'status.json', 'logs/replay'])
    expect(await answerTo(`${server.url}${path}`, 'evil.example')).toBe('421 Only by http://127.0.0.1 or http://localhost.\n');
});

test('only logs are shown, whatever a path says', async () => {
  for (const path of ['logs/..%2Fversion', 'logs/nothing', 'logs/%E0%A4%A', '%'])
    expect(await answerTo(`${server.url}${path}`, 'localhost')).toMatch(/^[45]\d\d /);
});
