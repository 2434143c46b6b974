import { expect, test } from '@jest/globals';
import type { Logger, Runtime } from '#stream';
import { RuntimeServer } from './runtime-server.ts';

const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

test('what is held from the start on becomes the runtime, however often its start fails; a stop ends it', async () => {
  const told: string[] = [];
  let notReady: string | undefined = undefined;
  let listener: Parameters<Runtime['onTransaction']>[0] | undefined;
  const real: Runtime = {
    status: () => [],
    notReady: () => notReady,
    onTransaction: (l) => (listener = l),
    clockOffsetMs: () => 0,
    produce: () => Promise.resolve(),
    query: () => Promise.resolve({ rows: [{ n: 1 }] }),
    stop: () => Promise.resolve(void told.push('stopped')),
  };
  let failures = 2;
  const started = Promise.withResolvers<undefined>();
  const server = new RuntimeServer(() => {
    if (failures-- > 0) return Promise.reject(new Error('no database'));
    started.resolve(undefined);
    return Promise.resolve(real);
  }, silent);
  const { runtime } = server;
  runtime.onTransaction(({ processor }) => told.push(processor));
  expect(runtime.notReady()).toBe('starting');

  server.listen(() => told.push('listening'));
  expect(told).toEqual(['listening']);
  await new Promise(setImmediate);
  expect(runtime.notReady()).toBe('start failed: no database');
  await expect(runtime.query('select 1')).rejects.toThrow('not ready: start failed: no database');

  await started.promise;
  await new Promise(setImmediate);
  expect(runtime.notReady()).toBeUndefined();
  expect((await runtime.query('select 1')).rows).toEqual([{ n: 1 }]);
  listener?.({ processor: 'stages', records: 1, durationMs: 1 });
  notReady = 'broker';
  expect(runtime.notReady()).toBe('broker');

  await server.close();
  expect(told).toEqual(['listening', 'stages', 'stopped']);
  expect(runtime.notReady()).toBe('stopping');
});

test('a stop does not wait for a start that cannot succeed', async () => {
  const server = new RuntimeServer(() => Promise.reject(new Error('no database')), silent);
  server.listen(() => undefined);
  await new Promise(setImmediate);
  await server.close();
  expect(server.runtime.notReady()).toBe('stopping');
});
