import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { portsOf } from './ports.ts';

let dir: string;
let occupier: Server | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hito-ports-'));
});
afterEach(() => {
  occupier?.close();
  occupier = undefined;
  rmSync(dir, { recursive: true, force: true });
});
const occupy = (port: number): Promise<void> =>
  new Promise((resolve) => {
    occupier = createServer().listen(port, '127.0.0.1', resolve);
  });

test('a port is remembered; when it is taken another is found and remembered instead', async () => {
  const first = await portsOf(dir, {}).take('kafka');
  expect(await portsOf(dir, {}).take('kafka')).toBe(first);
  await occupy(first);
  const second = await portsOf(dir, {}).take('kafka');
  expect(second).not.toBe(first);
  expect(await portsOf(dir, {}).take('kafka')).toBe(second);
});

test('a port insisted on and taken is an error that names port and variable', async () => {
  const free = await portsOf(dir, {}).take('x');
  await occupy(free);
  await expect(portsOf(dir, { HITO_KAFKA_PORT: String(free) }).take('kafka', 'HITO_KAFKA_PORT')).rejects.toThrow(
    `Port ${String(free)} (HITO_KAFKA_PORT) is taken`,
  );
  await expect(portsOf(dir, { HITO_KAFKA_PORT: 'http' }).take('kafka', 'HITO_KAFKA_PORT')).rejects.toThrow('is not a port');
});
