import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { start, variable, type RunningService, type ServiceDefinition } from '#platform';

const folder = mkdtempSync(join(tmpdir(), 'hito-run-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const playbook = join(folder, 'playbook.yaml');
writeFileSync(
  playbook,
  `name: test
defaults: { zone: Europe/Madrid, locale: es }
sending: { window: { from: "09:00", to: "20:00" } }
scoring: { half_life: 30d, bands: [{ id: cold, from: 0 }] }
stages: { initial: new, names: [new], transitions: [] }
`,
);

@Controller('paint')
class PaintController {
  @Get()
  paint(): string {
    return 'blue';
  }
}

const own = { HITO_COLOUR: variable(z.string(), { description: 'to paint', example: 'blue' }) };
const definition: ServiceDefinition<typeof own> = { service: 'scoring', env: own, processors: () => [], migrations: [] };
const environment = {
  KAFKA_BROKERS: '127.0.0.1:1',
  DATABASE_URL: 'postgres://nobody:hidden-password@127.0.0.1:1/none',
  HITO_PLAYBOOK: playbook,
  HITO_PORT: '0',
  HITO_INTERNAL_PORT: '0',
  HITO_SIGNING_KEY: '0123456789abcdef',
  HITO_COLOUR: 'blue',
  HITO_LOG_DIR: folder,
};

describe('a service whose database and broker are away', () => {
  let running: RunningService;
  const internal = (path: string): Promise<Response> => fetch(`${running.internalUrl}${path}`);
  const outside = (path: string): Promise<Response> => fetch(`${String(running.publicUrl)}${path}`);

  beforeAll(async () => {
    running = await start({ ...definition, module: { controllers: [PaintController] } }, environment);
  });
  afterAll(() => running.close());

  test('lives', async () => {
    expect((await internal('/health/live')).status).toBe(200);
  });

  test.each(['/health', '/health/ready'])('is not ready and says at %s what it waits for', async (path) => {
    const response = await internal(path);
    const text = await response.text();
    expect(response.status).toBe(503);
    expect(text).toMatch(/start/);
    expect(text).not.toContain('hidden-password');
  });

  test('answers /metrics and /status on its internal port', async () => {
    expect(await (await internal('/metrics')).text()).toContain('hito_ready{service="scoring"} 0');
    expect(await (await internal('/status')).json()).toMatchObject({ service: 'scoring', prefix: 'hito', tasks: [] });
  });

  test('answers its own calls on the public port and there alone', async () => {
    expect(await (await outside('/paint')).text()).toBe('blue');
    expect((await internal('/paint')).status).toBe(404);
  });

  test.each([
    '/metrics',
    '/status',
    '/health',
    '/health/live',
    '/health/ready',
    '/METRICS',
    '/metrics/',
    '/status?x',
    '//status',
  ])('tells the public nothing at %s', async (path) => {
    const answer = await outside(path);
    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toMatch(/hito|scoring|runtime|start/);
  });

  test('names no software in its answers', async () => {
    for (const answer of [
      await outside('/paint'),
      await outside('/nothing'),
      await internal('/health'),
      await internal('/metrics'),
    ])
      expect([answer.headers.get('x-powered-by'), answer.headers.get('server')]).toEqual([null, null]);
  });
});

test.each([
  ['keeps the connections of a proxy longer than the proxy does', 'loopback', 620],
  ['keeps those of strangers for seconds', '', 5],
])('a service %s', async (_, trusted, seconds) => {
  const settings = { ...environment, ...(trusted === '' ? {} : { HITO_TRUSTED_PROXIES: trusted }) };
  const running = await start({ ...definition, module: { controllers: [PaintController] } }, settings);
  const answer = await fetch(`${String(running.publicUrl)}/paint`);
  expect(answer.headers.get('keep-alive')).toBe(`timeout=${String(seconds)}`);
  await running.close();
});

test('a service without an HTTP side of its own opens its internal port alone', async () => {
  const running = await start(definition, environment);
  expect(running.publicUrl).toBeUndefined();
  expect((await fetch(`${running.internalUrl}/health/live`)).status).toBe(200);
  await running.close();
  await expect(fetch(`${running.internalUrl}/health/live`)).rejects.toThrow();
});

test('a taken internal port ends the start and leaves the public one free', async () => {
  const first = await start(definition, environment);
  const taken = { ...environment, HITO_INTERNAL_PORT: new URL(first.internalUrl).port };
  await expect(start({ ...definition, module: { controllers: [PaintController] } }, taken)).rejects.toThrow('EADDRINUSE');
  await first.close();
});
