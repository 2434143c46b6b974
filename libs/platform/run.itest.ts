import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { start, variable, type ServiceDefinition } from '#platform';

const folder = mkdtempSync(join(tmpdir(), 'hito-run-'));
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

const own = { HITO_COLOUR: variable(z.string(), { description: 'to paint', example: 'blue' }) };
const definition: ServiceDefinition<typeof own> = { service: 'scoring', env: own, processors: () => [], migrations: [] };

describe('a service whose database and broker are away', () => {
  let app: INestApplication;
  const get = async (path: string): Promise<Response> => fetch(`${await app.getUrl()}${path}`);

  beforeAll(async () => {
    app = await start(definition, {
      KAFKA_BROKERS: '127.0.0.1:1',
      DATABASE_URL: 'postgres://nobody:hidden-password@127.0.0.1:1/none',
      HITO_PLAYBOOK: playbook,
      HITO_PORT: '0',
      HITO_SIGNING_KEY: '0123456789abcdef',
      HITO_COLOUR: 'blue',
      HITO_LOG_DIR: folder,
    });
  }, 60_000);
  afterAll(() => app.close());

  test('lives', async () => {
    const response = await get('/health/live');
    expect(response.status).toBe(200);
  });

  test('is not ready and says what it waits for', async () => {
    const response = await get('/health/ready');
    const text = await response.text();
    expect(response.status).toBe(503);
    expect(text).toMatch(/start/);
    expect(text).not.toContain('hidden-password');
  });

  test('answers /metrics and /status', async () => {
    expect(await (await get('/metrics')).text()).toContain('hito_ready{service="scoring"} 0');
    expect(await (await get('/status')).json()).toMatchObject({ service: 'scoring', prefix: 'hito', tasks: [] });
  });
});
