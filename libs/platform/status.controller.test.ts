import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import type { Runtime } from '#stream';
import { HealthController } from './health.controller.ts';
import { StatusController } from './status.controller.ts';
import { taskStatus } from './testing/task-status.ts';

const env = {
  HITO_PREFIX: 'hito',
  HITO_SIGNING_KEY: 'a signing key of some length',
  DATABASE_URL: 'postgres://hito:p%40ssw0rd-of-postgres@db:5432/hito',
  SMTP_URL: 'smtps://me:hunter2-of-smtp@mail.example:465',
} as never;
const planted = [
  'ana@one.example',
  'https://shop.example/reset?token=abc123def',
  'p@ssw0rd-of-postgres',
  'hunter2-of-smtp',
  'a signing key of some length',
];
const around = fc.constantFrom(
  (x: string) => `550 5.1.1 <${x}>: rejected`,
  (x: string) => `"${x}"`,
  (x: string) => `to:${x};`,
  (x: string) => `\r\n${x}\r\n`,
);

test('the status shows nothing that a log may not hold, whoever said it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...planted), around, async (plant, text) => {
      const said = text(plant);
      const breakers = [{ name: 'smtp', open: false, since: '2026-01-01T00:00:00.000Z', trouble: said }];
      const tasks = [taskStatus({ waitsFor: `stopped: ${said}`, stopped: true, breakers, tallies: { 'mails.accepted': 3 } })];
      const runtime = { status: () => tasks, notReady: () => said } as unknown as Runtime;
      const answer = await new StatusController(runtime, 'delivery', env, new Registry()).status();
      expect(JSON.stringify(answer)).not.toContain(JSON.stringify(plant).slice(1, -1));
      expect(answer).toMatchObject({ tasks: [{ processor: 'sender', tallies: { 'mails.accepted': 3 } }] });
      expect(answer.breakers).toHaveLength(1);
      const down = (reason: string): object => ({ runtime: { reason } });
      const health = new HealthController(
        runtime,
        env,
        () => true,
        { check: async ([ask]: (() => unknown)[]) => Promise.resolve(ask?.()) } as never,
        { check: () => ({ up: () => ({}), down }) } as never,
      );
      expect(JSON.stringify(await health.ready())).not.toContain(JSON.stringify(plant).slice(1, -1));
    }),
  );
});
