import { expect, test } from '@jest/globals';
import { given } from '../infrastructure/given.ts';
import { Problem } from './problem.ts';
import { checkReachable } from './reachable.ts';

const { TEST_KAFKA_BROKERS: brokers = '', TEST_DATABASE_URL: url = '' } = process.env;
const reached = async (env: NodeJS.ProcessEnv): Promise<void> => {
  const servers = given(env);
  if (servers === undefined) throw new Error('TEST_KAFKA_BROKERS and TEST_DATABASE_URL are not set: run it by `npm test`');
  await checkReachable(servers, env);
};

test('servers that answer are taken', async () => {
  await reached({ KAFKA_BROKERS: brokers, DATABASE_URL: url });
});

test.each([
  ['brokers', { KAFKA_BROKERS: '127.0.0.1:1', DATABASE_URL: url }, 'The brokers 127.0.0.1:1 cannot be reached', 'KAFKA_SASL'],
  [
    'database',
    { KAFKA_BROKERS: brokers, DATABASE_URL: 'postgres://a:secret@127.0.0.1:1/x' },
    '127.0.0.1:1 cannot',
    'DATABASE_URL',
  ],
])('a %s that does not answer: which, why, what to set, and no password', async (_which, env, what, toDo) => {
  const told = await reached(env).catch((error: unknown) => error);
  expect(told).toBeInstanceOf(Problem);
  expect((told as Problem).message).toContain(what);
  expect((told as Problem).message).toContain(toDo);
  expect((told as Problem).message).not.toContain('secret');
});
